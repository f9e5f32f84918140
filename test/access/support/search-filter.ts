/** Reads the search engine's filter expressions (`=`, `IN [..]`, `AND`, `OR`, `NOT`, brackets, quoted texts) and tells whether a document meets one. */
export function meets(text: string, document: Readonly<Record<string, unknown>>): boolean {
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[()[\],=]|[^\s()[\],="]+/g) ?? [];
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  const expect = (wanted: string): void => {
    const got = next();
    if (got !== wanted) throw new Error(`expected ${wanted}, got ${got} in ${text}`);
  };
  const value = (): unknown => {
    const token = next();
    if (token.startsWith('"')) return token.slice(1, -1).replace(/\\(.)/g, '$1');
    if (token === 'true' || token === 'false') return token === 'true';
    throw new Error(`not a value: ${token}`);
  };
  const comparison = (): boolean => {
    if (tokens[at] === 'NOT') {
      at++;
      return !comparison();
    }
    if (tokens[at] === '(') {
      at++;
      const result = either();
      expect(')');
      return result;
    }
    const field = document[next()];
    const operator = next();
    if (operator === '=') return field === value();
    if (operator !== 'IN') throw new Error(`not an operator: ${operator}`);
    expect('[');
    const values = [value()];
    while (tokens[at] === ',') {
      at++;
      values.push(value());
    }
    expect(']');
    return values.includes(field);
  };
  const both = (): boolean => {
    let result = comparison();
    while (tokens[at] === 'AND') {
      at++;
      const right = comparison();
      result = result && right;
    }
    return result;
  };
  const either = (): boolean => {
    let result = both();
    while (tokens[at] === 'OR') {
      at++;
      const right = both();
      result = result || right;
    }
    return result;
  };
  const result = either();
  if (at !== tokens.length) throw new Error(`left over: ${tokens.slice(at).join(' ')}`);
  return result;
}
