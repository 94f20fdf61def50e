import assert from "node:assert/strict";
import pg from "pg";
import { explainWarehouse } from "../../../shared/postgres/sql_state.ts";
import { readSettings } from "../../../shared/cli/settings.ts";

const settings = readSettings(() => undefined);

/** What a person reads of an error of PostgreSQL. */
function explained(code: string, message = "the text of PostgreSQL") {
  const error = Object.assign(new pg.DatabaseError(message, 1, "error"), { code });
  const { message: said, hint, canRetry } = explainWarehouse(error, settings);
  return { text: `${said}\n${hint}`, canRetry };
}

/**
 * The codes and classes that PostgreSQL can answer to us, by what a person reads; with `~` where it is
 * waited for. `XXXnn` stands for any other of a class.
 *
 * Source: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const CODES: readonly [text: RegExp, ...codes: string[]][] = [
  [
    /~the text of PostgreSQL .*\ncheck whether the server is up/s,
    "08000",
    "08003",
    "08006",
    "08004",
  ],
  [/does not speak this version of PostgreSQL's protocol/, "08P01"],
  [/it is not PostgreSQL 18/, "0A000"],
  [/the text of PostgreSQL .*\nsee the server's log/s, "22P02", "23505", "25P02", "54000", "99999"],
  [/~is read-only, or a standby.*\nname the primary/s, "25006"],
  [/~raise idle_in_transaction_session_timeout/, "25P03"],
  [/~raise transaction_timeout/, "25P04"],
  [/password authentication failed .*\n.*WAREHOUSE_URL/s, "28000", "28P01"],
  [/no such database .*\ncreate it \(createdb\)/s, "3D000"],
  [/bring the schema up to date with: .*\btask etl/, "3F000", "42P01", "42703", "42883", "42601"],
  [/~another program works on the same rows/, "40001", "40P01"],
  [/grant the user of WAREHOUSE_URL CREATE on the database/, "42501"],
  [/~its disk is full .*\nfree space/s, "53100"],
  [/~it is out of memory .*\ngive the server more/s, "53200"],
  [/~the text of PostgreSQL .*\nfree connections/s, "53300"],
  [/~raise the limit that is named/, "53400"],
  [/~free disk space, memory or connections/, "53000"],
  [/~find out who holds the lock/, "55P03"],
  [/~see the server's log/, "55000", "55006", "57000"],
  [/~find out who cancelled it, or raise statement_timeout/, "57014"],
  [/~it was shut down, or an administrator terminated the connection/, "57P01"],
  [/~it crashed, and is restarting/, "57P02"],
  [/~wait until the server has started/, "57P03"],
  [/the database was dropped .*\ncreate it/s, "57P04"],
  [/~raise idle_session_timeout/, "57P05"],
  [/~check the server's log and its disk/, "58000", "58030", "58P01", "58P02"],
  [/configuration file/, "F0000"],
  [/check its data \(amcheck\)/, "XX000", "XX001", "XX002"],
];

for (const [pattern, ...codes] of CODES) {
  Deno.test(`explainWarehouse() says of ${codes.join(", ")} what it is`, () => {
    const waits = pattern.source.startsWith("~");
    const wanted = new RegExp(pattern.source.replace(/^~/, ""), pattern.flags);
    for (const code of codes) {
      const { text, canRetry } = explained(code);
      assert.match(text, wanted, code);
      assert.match(
        text,
        new RegExp(`^Cannot use the warehouse at \\S+/automotive: .* \\(${code}\\)`),
      );
      assert.equal(canRetry, waits, code);
    }
  });
}

Deno.test("explainWarehouse() tells a user that may not come from here from one that is not known", () => {
  const { text } = explained("28000", 'no pg_hba.conf entry for host "10.0.0.1", user "x"');
  assert.match(
    text,
    /pg_hba.conf rejects this user, address, .*\nadd a line for it to the server's pg_hba/s,
  );
  assert.match(explained("28000", 'role "x" does not exist').text, /authentication failed/);
});

Deno.test("explainWarehouse() tells what waiting may end, where no answer came", () => {
  const of = (error: Error) => {
    const { message, canRetry, isUnknownHost } = explainWarehouse(error, settings);
    return [message.replace(/^.*automotive: /, ""), canRetry, isUnknownHost];
  };
  assert.deepEqual(of(new Error("connect ECONNREFUSED")), ["connect ECONNREFUSED", true, false]);
  assert.deepEqual(of(new Error("getaddrinfo ENOTFOUND pg")), [
    "getaddrinfo ENOTFOUND pg",
    true,
    true,
  ]);
  const [tls, ...waits] = of(new Error("The server does not support SSL connections"));
  assert.match(String(tls), /it does not support TLS/);
  assert.deepEqual(waits, [false, false]);
});
