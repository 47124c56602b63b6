// A sign-in service (OpenID Connect): the library's own pages ask who one is and take any password.
// Arguments: port, the calendar's address, its accounts as JSON. The address /accounts takes new accounts by POST.

import http from "node:http";
import Provider from "oidc-provider";

const [port, calendar, given] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
let accounts = JSON.parse(given);
const provider = new Provider(issuer, {
  clients: [{
    client_id: "calendar",
    client_secret: "a secret: of/the+calendar",
    redirect_uris: [`${calendar}/staff/sign-in/single/back`],
    post_logout_redirect_uris: [`${calendar}/`],
    backchannel_logout_uri: `${calendar}/staff/sign-in/single/logout`,
    backchannel_logout_session_required: true,
  }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  scopes: ["openid", "email", "profile", "groups"],
  fetch: (address, { dispatcher, ...options }) => fetch(address, options), // its own way refuses this machine's addresses
  features: { backchannelLogout: { enabled: true } },
  findAccount: (_context, sub) => accounts[sub] && { accountId: sub, claims: () => ({ sub, ...accounts[sub] }) },
});
const answer = provider.callback();
http.createServer(async (request, response) => {
  if (request.url !== "/accounts") return answer(request, response);
  let body = "";
  for await (const piece of request) body += piece;
  accounts = JSON.parse(body);
  response.end();
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
