// A sign-in service (OpenID Connect): the library's own pages ask who one is and take any password.
// Argument: port. The address /town takes by POST whom it serves from now on: the calendar's address and the accounts, as JSON.

import http from "node:http";
import Provider from "oidc-provider";

const port = Number(process.argv[2]);
let calendar, accounts, answer;

const serving = () => new Provider(`http://127.0.0.1:${port}`, {
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
}).callback();

http.createServer(async (request, response) => {
  if (request.url !== "/town") return answer(request, response);
  let body = "";
  for await (const piece of request) body += piece;
  const town = JSON.parse(body);
  accounts = town.accounts;
  if (town.calendar !== calendar) {
    calendar = town.calendar;
    answer = serving();
  }
  response.end();
}).listen(port, "127.0.0.1", () => console.log("ready"));
