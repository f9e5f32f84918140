import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody as the provider knows them. */
export interface ProviderUser {
  preferred_username?: string;
  groups: string[];
  acr?: string;
}

interface RealProvider {
  callback(): RequestListener;
  on(event: string, listener: (...args: unknown[]) => void): void;
  interactionFinished(req: IncomingMessage, res: ServerResponse, result: object): Promise<void>;
  Grant: new (init: object) => { addOIDCScope(scope: string): void; save(): Promise<string> };
}

interface LoadContext {
  oidc: { client: { clientId: string }; session: { accountId: string } };
}

export interface TestProvider {
  issuer: string;
  /** By subject; who is removed has left. */
  users: Map<string, ProviderUser>;
  /** Whose browser it is. */
  current: string;
  /** The client can be known only once the archive has its address. */
  know(archive: string): Promise<void>;
  /** Stops answering, as a provider that is down. */
  down(): void;
  up(): void;
  close(): Promise<void>;
}

export const CLIENT = { id: 'lantai', secret: 'a client secret of the tests' } as const;

/** A real OpenID Connect provider on this machine that signs on whoever `current` says, without asking. */
export async function testProvider(): Promise<TestProvider> {
  let answer: RequestListener | undefined;
  let isDown = false;
  const server: Server = createServer((req, res) => {
    if (isDown || answer === undefined) return void res.writeHead(503).end();
    answer(req, res);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const users = new Map<string, ProviderUser>();
  const test: TestProvider = {
    issuer,
    users,
    current: '',
    async know(archive) {
      const name: string = 'oidc-provider';
      const { default: Provider } = (await import(name)) as { default: new (issuer: string, settings: object) => RealProvider };
      const provider = new Provider(issuer, {
        clients: [
          {
            client_id: CLIENT.id,
            client_secret: CLIENT.secret,
            grant_types: ['authorization_code', 'refresh_token'],
            redirect_uris: [`${archive}/sign-in/sso/callback`],
            post_logout_redirect_uris: [`${archive}/sign-in`],
            backchannel_logout_uri: `${archive}/sign-in/sso/logout`,
            backchannel_logout_session_required: true,
          },
        ],
        claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
        cookies: { keys: ['a key of the tests'] },
        features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
        // its own way of asking refuses addresses of this machine
        fetch: (url: URL, { dispatcher: _own, ...options }: RequestInit & { dispatcher?: unknown }) => fetch(url, options),
        issueRefreshToken: () => Promise.resolve(true),
        interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
        findAccount: (_ctx: unknown, sub: string) => {
          const user = users.get(sub);
          return user && { accountId: sub, claims: () => ({ sub, ...user }) };
        },
        async loadExistingGrant({ oidc }: LoadContext) {
          const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
          grant.addOIDCScope('openid profile offline_access');
          await grant.save();
          return grant;
        },
      });
      const own = provider.callback();
      answer = (req, res) => {
        if (!req.url?.startsWith('/interaction/')) return own(req, res);
        void provider.interactionFinished(req, res, { login: { accountId: test.current } });
      };
    },
    down: () => void (isDown = true),
    up: () => void (isDown = false),
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
  return test;
}

/** A browser as far as these tests need one: cookies by origin, one step at a time. */
export class Jar {
  readonly cookies = new Map<string, Map<string, string>>();
  async go(url: string, init: RequestInit = {}): Promise<{ status: number; location: string; text: string }> {
    const { origin } = new URL(url);
    const own = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, own);
    const cookie = [...own].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: { ...(init.headers as Record<string, string>), ...(cookie ? { Cookie: cookie } : {}) },
    });
    for (const one of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(one)) own.delete(name);
      else own.set(name, value);
    }
    const location = response.headers.get('location');
    return { status: response.status, location: location === null ? '' : new URL(location, url).href, text: await response.text() };
  }
  /** Follows redirects until a page, or until `stop` says that it is far enough; gives the last address. */
  async follow(url: string, stop: (url: string) => boolean = () => false): Promise<{ url: string; status: number; text: string }> {
    let at = url;
    for (let step = 0; step < 15; step++) {
      if (stop(at)) return { url: at, status: 0, text: '' };
      const answer = await this.go(at);
      if (answer.location === '') return { url: at, status: answer.status, text: answer.text };
      at = answer.location;
    }
    throw new Error('too many redirects');
  }
}
