// SPDX-License-Identifier: Apache-2.0
// openid-provider.mjs: oidc-provider with two machine clients whose access tokens are JWTs. Run by tools/peers/openid-provider.
import * as oidc from 'oidc-provider';
import { generateKeyPair, exportJWK } from 'jose';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const audience = 'https://gaon.example/api';
const algorithms = { 'gaon-rs': 'RS256', 'gaon-es': 'ES256' };

const keys = await Promise.all(Object.values(algorithms).map(async (alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-${Date.now()}` };
}));

const provider = new oidc.Provider(issuer, {
  jwks: { keys },
  clients: Object.keys(algorithms).map((client_id) => ({
    client_id, client_secret: 'gaon-secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
  })),
  cookies: { keys: ['loopback only'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      getResourceServerInfo: (context, resource, client) => ({
        scope: '', audience: resource, accessTokenTTL: 600, accessTokenFormat: 'jwt',
        jwt: { sign: { alg: algorithms[client.clientId] } },
      }),
    },
  },
});
provider.listen(port, '127.0.0.1', () => console.log(`serving ${issuer}`));
