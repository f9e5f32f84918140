/** The page that the address in every problem points to. */
export const errorCodes = {
  title: '错误代码',
  lead: '每个错误都有固定的代码，文字可能调整，代码不变。程序请只认代码。',
  requests: '请求的错误',
  fields: '字段的错误',
  fieldsLead: '代码为 invalid_field 时，fields 逐项指出哪个字段有什么问题。',
  code: '代码',
  status: 'HTTP 状态',
  meaning: '含义',
  todo: '怎么办',
  api: '接口说明（OpenAPI）',
} as const;
