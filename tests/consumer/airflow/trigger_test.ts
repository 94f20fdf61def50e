import assert from "node:assert/strict";
import { type AirflowOptions, AirflowTrigger } from "../../../consumer/airflow/trigger.ts";
import { isSettled } from "../../model/settled.ts";

const unit = { permissions: "none" } as const;
const PASSWORD = "pässword-secret";
const DAG = "/api/v2/dags/event_driven_real_time_etl";
const RUNS = `${DAG}/dagRuns`;
const [A, B, C] = ["a", "b", "c"].map((name) => `sales/sales_20260226_10234${name}.csv`) as [
  string,
  string,
  string,
];

Deno.test("AirflowTrigger asks for one run of the files that land together", unit, async () => {
  const airflow = fakeAirflow();
  {
    await using trigger = airflow.trigger();
    for (const key of [B, A, B]) trigger.landed(key);
  }
  assert.deepEqual(airflow.calls, [
    "POST /auth/token",
    `GET ${DAG}`,
    `GET ${RUNS}`,
    `POST ${RUNS}`,
  ]);
  const [run] = airflow.runs;
  assert.deepEqual(run!.body.conf, { keys: [A, B] });
  assert.equal(run!.body.logical_date, null);
  assert.equal(run!.authorization, "Bearer token-1");
  assert.deepEqual(airflow.said, []);
});

Deno.test(
  "AirflowTrigger has one request under way; the next one takes what landed meanwhile",
  unit,
  async () => {
    const answer = Promise.withResolvers<void>();
    const airflow = fakeAirflow({ [`POST ${RUNS}`]: [() => answer.promise.then(() => json({}))] });
    {
      await using trigger = airflow.trigger({ times: { gather: 0, interval: 0 } });
      trigger.landed(A);
      await airflow.called(`POST ${RUNS}`);
      trigger.landed(B);
      trigger.landed(C);
      assert.equal(airflow.runs.length, 1);
      answer.resolve();
      await airflow.called(`POST ${RUNS}`, 2);
    }
    assert.deepEqual(airflow.keys, [[A], [B, C]]);
    assert.equal(airflow.count("POST /auth/token"), 1, "the token is kept");
  },
);

Deno.test("AirflowTrigger waits between two requests", unit, async () => {
  const airflow = fakeAirflow();
  {
    await using trigger = airflow.trigger({ times: { gather: 0, interval: 1e6 } });
    trigger.landed(A);
    await airflow.called(`POST ${RUNS}`);
    trigger.landed(B);
    await isSettled(Promise.resolve());
    trigger.landed(C);
    assert.deepEqual(airflow.keys, [[A]]);
  }
  assert.deepEqual(airflow.keys, [[A], [B, C]], "the end does not wait");
});

Deno.test(
  "AirflowTrigger gives a run an id that comes from its keys and that Airflow allows",
  unit,
  async () => {
    const ids = async (...keys: string[]) => {
      const airflow = fakeAirflow();
      {
        await using trigger = airflow.trigger();
        for (const key of keys) trigger.landed(key);
      }
      return airflow.runs[0]!.body.dag_run_id;
    };
    assert.equal(await ids(A, B), await ids(B, A));
    assert.notEqual(await ids(A, B), await ids(A, C));
    assert.match(await ids(A, B), /^landed_sales_20260226_10234a_2_[0-9a-f]{16}$/);
    for (const key of ["é/x y:🚗?.csv", `sales/${"x".repeat(1000)}.csv`, ".csv", "sales/"]) {
      assert.match(await ids(key), /^[A-Za-z0-9_.~:+-]{1,250}$/);
    }
  },
);

Deno.test(
  "AirflowTrigger asks again after a lost answer, and 409 means that the run is there",
  unit,
  async () => {
    const airflow = fakeAirflow({
      [`POST ${RUNS}`]: [
        () => Promise.reject(new TypeError("connection reset")),
        () => json({ detail: { reason: "Unique constraint violation" } }, 409),
      ],
    });
    {
      await using trigger = airflow.trigger();
      trigger.landed(A);
    }
    assert.deepEqual(airflow.keys, [[A], [A]]);
    assert.equal(airflow.runs[0]!.body.dag_run_id, airflow.runs[1]!.body.dag_run_id);
    assert.deepEqual(airflow.said, []);
  },
);

Deno.test("AirflowTrigger renews a token that has run out", unit, async () => {
  const airflow = fakeAirflow({ [`GET ${DAG}`]: [dag, () => json({}, 401), dag] });
  {
    await using trigger = airflow.trigger({ times: { gather: 0, interval: 0 } });
    trigger.landed(A);
    await airflow.called(`POST ${RUNS}`);
    trigger.landed(B);
  }
  assert.deepEqual(airflow.runs.map(({ authorization }) => authorization), [
    "Bearer token-1",
    "Bearer token-2",
  ]);
  assert.deepEqual(airflow.said, []);
});

Deno.test("AirflowTrigger speaks to Airflow 2 with a password", unit, async () => {
  const airflow = fakeAirflow({
    "POST /auth/token": [() => new Response("lost", { status: 404 })],
  });
  {
    await using trigger = airflow.trigger();
    trigger.landed(A);
  }
  const v1 = "/api/v1/dags/event_driven_real_time_etl";
  assert.deepEqual(airflow.calls, [
    "POST /auth/token",
    `GET ${v1}`,
    `GET ${v1}/dagRuns`,
    `POST ${v1}/dagRuns`,
  ]);
  const [run] = airflow.runs;
  const basic = new TextDecoder().decode(Uint8Array.fromBase64(run!.authorization!.slice(6)));
  assert.equal(basic, `automotive:${PASSWORD}`);
  assert.deepEqual(Object.keys(run!.body).toSorted(), ["conf", "dag_run_id"]);
});

Deno.test(
  "AirflowTrigger gives up after some tries, and says once that Airflow is away and is back",
  unit,
  async () => {
    let canRetry = true;
    const airflow = fakeAirflow({
      "POST /auth/token": Array(99).fill(() => canRetry ? refuseConnection() : json(token(), 201)),
    });
    const waits: number[] = [];
    const wait = (attempt: number) => Promise.resolve(void waits.push(attempt));
    {
      await using trigger = airflow.trigger({ times: { gather: 0, interval: 0 }, wait });
      trigger.landed(A);
      await airflow.called("POST /auth/token", 5);
      trigger.landed(B);
      await airflow.called("POST /auth/token", 10);
      canRetry = false;
      trigger.landed(C);
      await airflow.called(`POST ${RUNS}`);
    }
    assert.deepEqual(waits, [1, 2, 3, 4, 1, 2, 3, 4]);
    assert.deepEqual(airflow.keys, [[C]], "the others are left to the sweep");
    assert.deepEqual(airflow.said, [
      "Airflow at http://airflow:8080 cannot be reached (Connection refused): files wait for the DAG's scheduled sweep",
      "Airflow at http://airflow:8080 is reachable again",
    ]);
  },
);

const refusals: [name: string, answers: Answers, said: RegExp, tries: number][] = [
  [
    "a wrong password",
    { "POST /auth/token": Array(5).fill(() => json({ detail: PASSWORD }, 401)) },
    /rejects the password of automotive \(401\): check AIRFLOW_USERNAME and AIRFLOW_PASSWORD/,
    1,
  ],
  [
    "a wrong password for Airflow 2",
    {
      "POST /auth/token": [() => json({}, 404)],
      "GET /api/v1/dags/event_driven_real_time_etl": [() => json({ title: "Unauthorized" }, 401)],
    },
    /rejects the password/,
    1,
  ],
  [
    "what is sent to be wrong, without repeating it",
    { "POST /auth/token": [() => json({ detail: [{ input: { password: PASSWORD } }] }, 422)] },
    /responds 422: files wait/,
    1,
  ],
  [
    "a user without the right",
    { [`POST ${RUNS}`]: [() => json({ detail: "Forbidden" }, 403)] },
    /does not allow automotive to trigger the DAG event_driven_real_time_etl \(403\)/,
    1,
  ],
  [
    "an unknown DAG, which may yet come",
    { [`GET ${DAG}`]: Array(5).fill(() => json({ detail: "not found" }, 404)) },
    /has no DAG event_driven_real_time_etl: its DAGs folder must be airflow\/dags/,
    5,
  ],
  [
    "a paused DAG",
    { [`GET ${DAG}`]: [() => json({ is_paused: true })] },
    /the DAG event_driven_real_time_etl is paused, files wait until it is unpaused/,
    1,
  ],
  [
    "a DAG that cannot be run",
    { [`POST ${RUNS}`]: [() => json({ detail: "DAG has import errors" }, 400)] },
    /responds 400, DAG has import errors: files wait/,
    1,
  ],
  [
    "a server error",
    { [`POST ${RUNS}`]: Array(5).fill(() => new Response("oops", { status: 500 })) },
    /responds 500: files wait/,
    5,
  ],
  [
    "another server",
    { "POST /auth/token": Array(5).fill(() => new Response("<html>")) },
    /does not respond like Airflow: check AIRFLOW_API_URL/,
    5,
  ],
  [
    "a redirection",
    { "POST /auth/token": [() => new Response(null, { status: 307 })] },
    /responds 307: files wait/,
    1,
  ],
  [
    "silence",
    {
      "POST /auth/token": Array(5).fill(() => Promise.reject(new DOMException("", "TimeoutError"))),
    },
    /cannot be reached \(no response within 10 s\)/,
    5,
  ],
];

for (const [name, answers, said, tries] of refusals) {
  Deno.test(`AirflowTrigger explains ${name}`, unit, async () => {
    const airflow = fakeAirflow(answers);
    {
      await using trigger = airflow.trigger({ url: `http://someone:${PASSWORD}@airflow:8080/` });
      trigger.landed(A);
    }
    assert.equal(airflow.said.length, 1);
    assert.match(airflow.said[0]!, said);
    assert.match(airflow.said[0]!, /^Airflow at http:\/\/airflow:8080[ :]/);
    assert.ok(!airflow.said[0]!.includes(PASSWORD));
    const refused = Object.keys(answers).at(-1)!;
    assert.equal(airflow.count(refused), tries);
  });
}

Deno.test(
  "AirflowTrigger keeps 1,000 keys at most, and says once that there were more",
  unit,
  async () => {
    const answers = [1, 2].map(() => Promise.withResolvers<void>());
    const airflow = fakeAirflow({
      [`POST ${RUNS}`]: answers.map(({ promise }) => () => promise.then(() => json({}))),
    });
    const land = (trigger: AirflowTrigger, from: number) => {
      for (let i = from; i < from + 1_100; i++) trigger.landed(`sales/sales_${i}.csv`);
    };
    {
      await using trigger = airflow.trigger({ times: { gather: 0, interval: 0 } });
      trigger.landed(A);
      await airflow.called(`POST ${RUNS}`);
      land(trigger, 0);
      answers[0]!.resolve();
      await airflow.called(`POST ${RUNS}`, 2);
      land(trigger, 2_000);
      answers[1]!.resolve();
    }
    assert.deepEqual(airflow.keys.map(({ length }) => length), [1, 1_000, 1_000]);
    assert.deepEqual(airflow.said, [
      "More than 1000 files landed within one request to Airflow: files wait for the DAG's scheduled sweep",
    ]);
  },
);

Deno.test(
  "AirflowTrigger ends within a bounded time when Airflow does not answer",
  unit,
  async () => {
    const airflow = fakeAirflow({
      [`POST ${RUNS}`]: [({ signal }) => {
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener("abort", () => reject(signal.reason));
        return promise;
      }],
    });
    const trigger = airflow.trigger({ times: { gather: 1e6, shutdownTimeout: 20 } });
    trigger.landed(A);
    await trigger[Symbol.asyncDispose]();
    trigger.landed(B);
    await trigger[Symbol.asyncDispose]();
    assert.deepEqual(airflow.keys, [[A]]);
    assert.match(airflow.said.join(), /cannot be reached \(no response before shutdown\)/);
  },
);

const busy = () => json({ dag_runs: [{}], total_entries: 1 });
const idle = () => json({ dag_runs: [], total_entries: 0 });

/** Lands a file for each answer to the question after runs that wait. */
async function landEach(answers: Answer[], times: AirflowOptions["times"]) {
  const airflow = fakeAirflow({ [`GET ${RUNS}`]: answers });
  {
    await using trigger = airflow.trigger({ times: { gather: 0, interval: 0, ...times } });
    for (const n of answers.keys()) {
      trigger.landed(`sales/sales_${n}.csv`);
      await airflow.called(`GET ${RUNS}`, n + 1);
    }
  }
  return airflow;
}

Deno.test("AirflowTrigger asks for no run while one waits, which is no news", unit, async () => {
  const airflow = await landEach([busy, busy, idle, busy, idle, busy], {});
  assert.deepEqual(airflow.keys, [["sales/sales_2.csv"], ["sales/sales_4.csv"]]);
  assert.deepEqual(airflow.said, []);
});

Deno.test(
  "AirflowTrigger says once that Airflow does not keep up, and once that it does",
  unit,
  async () => {
    const airflow = await landEach([busy, busy, busy, idle, idle], { busy: 0 });
    const name = "Airflow at http://airflow:8080";
    assert.deepEqual(airflow.said, [
      `${name} cannot keep up: runs are queued; files wait for the DAG's scheduled sweep`,
      `${name} is keeping up again`,
    ]);
  },
);

Deno.test(
  "AirflowTrigger says that Airflow answers again, though runs wait there",
  unit,
  async () => {
    const away = () => new Response("oops", { status: 400 });
    const airflow = await landEach([away, busy, away, busy], {});
    assert.deepEqual(airflow.said.map((line) => line.replace(/:.*8080/, "")), [
      "Airflow at http responds 400: files wait for the DAG's scheduled sweep",
      "Airflow at http is reachable again",
      "Airflow at http responds 400: files wait for the DAG's scheduled sweep",
      "Airflow at http is reachable again",
    ]);
  },
);

Deno.test("AirflowTrigger asks for nothing when nothing has landed", unit, async () => {
  const airflow = fakeAirflow();
  await airflow.trigger()[Symbol.asyncDispose]();
  assert.deepEqual([airflow.calls, airflow.said], [[], []]);
});

Deno.test("landed() does not throw, whatever the request does", unit, async () => {
  const airflow = fakeAirflow({
    "POST /auth/token": Array(5).fill(() => {
      throw new Error("Requires net access");
    }),
  });
  {
    await using trigger = airflow.trigger();
    trigger.landed(A);
  }
  assert.match(airflow.said.join(), /\(Requires net access\)/);
});

type Answer = (request: { signal: AbortSignal }) => Response | Promise<Response>;
/** What is answered to the first request of that name, to the second…; then all is well. */
type Answers = Record<string, Answer[]>;

interface RunRequest {
  dag_run_id: string;
  logical_date?: null;
  conf: { keys: string[] };
}

const json = (body: unknown, status = 200) => Response.json(body, { status });
const dag = () => json({ is_paused: false });
const refuseConnection = () => Promise.reject(new TypeError("Connection refused"));
let tokens = 0;
const token = () => ({ access_token: `token-${++tokens}` });

/** An Airflow 3 that answers as it is told. */
function fakeAirflow(answers: Answers = {}) {
  tokens = 0;
  const calls: string[] = [];
  const said: string[] = [];
  const runs: { body: RunRequest; authorization: string | null }[] = [];
  let changed = Promise.withResolvers<void>();
  const count = (name: string) => calls.filter((call) => call === name).length;

  function request(url: string, init: RequestInit): Promise<Response> {
    const { pathname } = new URL(url);
    const name = `${init.method} ${pathname}`;
    const answer = answers[name]?.[count(name)];
    calls.push(name);
    if (init.method === "POST" && pathname.endsWith("/dagRuns")) {
      const authorization = new Headers(init.headers).get("authorization");
      runs.push({ body: JSON.parse(String(init.body)), authorization });
    }
    changed.resolve();
    changed = Promise.withResolvers();
    return Promise.resolve(
      answer?.({ signal: init.signal! }) ??
        (pathname === "/auth/token" ? json(token(), 201) : dag()),
    );
  }

  return {
    calls,
    said,
    runs,
    count,
    get keys(): string[][] {
      return runs.map(({ body }) => body.conf.keys);
    },
    /** Waits until so many requests of that name have come. */
    async called(name: string, times = 1): Promise<void> {
      while (count(name) < times) await changed.promise;
    },
    trigger: (options: Partial<AirflowOptions> = {}) =>
      new AirflowTrigger({
        url: "http://airflow:8080",
        username: "automotive",
        password: PASSWORD,
        warn: (line) => said.push(line),
        request,
        wait: () => Promise.resolve(),
        ...options,
      }),
  };
}
