import assert from "node:assert/strict";
import { parse } from "yaml";
import config from "../../deno.json" with { type: "json" };
import { readSettings } from "../../shared/cli/settings.ts";
import { namedIn, series } from "./prometheus_names.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const read = (name: string) => Deno.readTextFileSync(`deploy/monitoring/${name}`);
const alerts: { groups: { name: string; rules: Rule[] }[] } = parse(read("alerts.yaml"));
const rules = alerts.groups.flatMap(({ rules }) => rules);
const dashboard: { panels: Panel[] } = JSON.parse(read("dashboard.json"));
const panels = dashboard.panels.filter(({ type }) => type !== "row");

/** Checks that an expression names series of ours, and their labels; gives the labels of its result. */
function check(expression: string): Set<string> {
  const { metrics, labels, by } = namedIn(expression);
  assert.ok(metrics.length > 0, expression);
  const known = new Set(metrics.flatMap((metric) => {
    const of = series.get(metric);
    assert.ok(of, `the catalogue has no ${metric}`);
    return of;
  }));
  for (const label of labels) assert.ok(known.has(label), `${metrics} have no label ${label}`);
  return by ? new Set(by) : known;
}

for (const { alert, expr, labels, annotations, ...rule } of rules) {
  Deno.test(`the alert ${alert} names what our programs tell`, () => {
    assert.match(alert, /^Automotive[A-Z]\w+$/);
    const left = check(expr);
    assert.match(labels.severity, /^(warning|critical)$/);
    assert.match(rule.for ?? "1m", /^\d+[smh]$/);
    const told = `${annotations.summary}\n${annotations.description}`;
    for (const [, label] of told.matchAll(/\$labels\.(\w+)/g)) {
      assert.ok(left.has(label!), `${alert} has no label ${label}`);
    }
    for (const [all] of told.matchAll(/\{\{.*?\}\}/g)) {
      assert.match(all, /^\{\{ (\$labels\.\w+|\$value \| humanize\w*) \}\}$/);
    }
    for (const [, task] of told.matchAll(/`deno task (\S+?)[ `]/g)) {
      assert.ok(task! in config.tasks, `there is no task ${task}`);
    }
  });
}

for (const { title, targets = [], datasource } of panels) {
  Deno.test(`the dashboard's panel "${title}" shows what our programs tell`, () => {
    assert.equal(datasource?.uid, "${datasource}");
    assert.ok(targets.length > 0);
    for (const { expr, legendFormat } of targets) {
      const left = check(expr);
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        assert.ok(left.has(label!), `"${legendFormat}": no label ${label}`);
      }
    }
  });
}

Deno.test("the dashboard's panels have ids of their own, and none covers another", () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Set<string>();
  for (const { gridPos: { x, y, w, h }, title } of panels) {
    assert.ok(x >= 0 && x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        assert.ok(!taken.has(`${column}/${row}`), `${title} covers another panel`);
        taken.add(`${column}/${row}`);
      }
    }
  }
});

Deno.test("every metric of consumer and loader is on the dashboard or in an alert", () => {
  const expressions = [
    ...rules.map(({ expr }) => expr),
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ];
  const shown = new Set(expressions.flatMap((one) => namedIn(one).metrics));
  const missing = [...series.keys()].filter((name) =>
    !shown.has(name) && !/_(sum|count)$/.test(name) &&
    !/^(messaging_client_(sent|operation)|automotive_topic_|automotive_problems$)/.test(name)
  );
  assert.deepEqual(missing, []);
});

Deno.test("namedIn() refuses what is no PromQL", () => {
  assert.throws(() => namedIn("sum(rate(x[5m])"), SyntaxError);
  assert.throws(() => namedIn("x{a=}"), SyntaxError);
});

Deno.test("prometheus.yaml asks our programs, by the jobs that the alerts name", () => {
  const { rule_files, scrape_configs }: {
    rule_files: string[];
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
  } = parse(read("prometheus.yaml"));
  assert.deepEqual(rule_files, ["alerts.yaml"]);
  const { statusPort, loaderStatusPort } = readSettings(() => undefined);
  const jobs = new Map(scrape_configs.map(({ job_name, static_configs }) => [
    ...[job_name, static_configs.flatMap(({ targets }) => targets).join()] as const,
  ]));
  assert.deepEqual([...jobs], [
    ["automotive-consumer", `127.0.0.1:${statusPort}`],
    ["automotive-loader", `127.0.0.1:${loaderStatusPort}`],
  ]);
  for (const { expr } of rules) {
    for (const [, job] of expr.matchAll(/job="([\w-]+)"/g)) assert.ok(jobs.has(job!), job);
  }
});
