import { CsvError, parse } from "csv-parse/sync";

/** What a table of the downstream is made of. Written by hand: the event catalogue is what is judged. */
interface Table {
  readonly columns: readonly string[];
  /** Read once a file, with the one format of the column's first cell. */
  readonly dates: readonly string[];
  /** A row without it is refused, and the file with it. */
  readonly required?: string;
}

const HEAD = ["event_type", "event_id", "timestamp"];

const tables: Readonly<Record<string, Table>> = {
  sales: table(
    "sale_id sale_date customer_id customer_name email vehicle_id vehicle_vin dealer_id dealer_name sale_price discount_amount final_price sale_channel sale_status payment_method",
    ["sale_date"],
  ),
  payments: table(
    "payment_id sale_id customer_id payment_date payment_amount payment_method payment_status transaction_reference",
    ["payment_date"],
  ),
  interactions: table(
    "interaction_id customer_id customer_name dealer_id interaction_date interaction_type interaction_channel outcome duration_minutes notes",
    ["interaction_date"],
    "customer_id",
  ),
  inventory: table(
    "inventory_id vehicle_id vehicle_vin vehicle_make vehicle_model dealer_id dealer_name quantity stock_status last_updated",
    ["last_updated"],
    "vehicle_id",
  ),
  procurement: table(
    "procurement_id vehicle_id vehicle_vin vehicle_make supplier_id supplier_name dealer_id cost_price procurement_date procurement_status quantity",
    ["procurement_date"],
    "supplier_id",
  ),
  telemetry: table(
    "telemetry_id vehicle_id vehicle_vin speed fuel_level engine_temperature location_lat location_long",
    [],
  ),
};

function table(own: string, dates: readonly string[], required?: string): Table {
  return { columns: [...HEAD, ...own.split(" ")], dates: ["timestamp", ...dates], required };
}

const ID_LENGTH = 64;
const NOTE_LENGTH = 512;
const IDS = /_id$|^vehicle_vin$|^transaction_reference$/;

/** The formats of dates that the downstream knows, each with what strftime calls it. */
const FORMATS: readonly [name: string, pattern: RegExp][] = [
  ["%Y-%m-%dT%H:%M:%S.%f", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}$/],
  ["%Y-%m-%dT%H:%M:%S", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/],
  ["%Y-%m-%d %H:%M:%S", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/],
  ["%Y-%m-%d", /^\d{4}-\d\d-\d\d$/],
];

/** The table that the downstream takes a file to: the base name without stamp and suffixes. */
export function tableOf(key: string): string | undefined {
  const base = key.split("/").at(-1)!.replace(/\.csv$/, "");
  const name = base.replace(/_\d{8}_\d{6}(_\d{3,})?(_p\d+)?(_g[0-9a-f]{6})?$/, "");
  return name !== base && Object.hasOwn(tables, name) ? name : undefined;
}

/** Why the downstream refuses a file of the raw bucket, or would read it wrongly; empty if it does not. */
export function refusals({ key, body }: { key: string; body: Uint8Array }): string[] {
  if (!key.endsWith(".csv")) return ["it is no .csv"];
  const name = tableOf(key);
  if (name === undefined) return ["its name belongs to no table"];
  if (body.length === 0) return ["it is empty"];
  let records: string[][];
  try {
    // Strict: a row of another length than the header is refused.
    records = parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch (error) {
    if (error instanceof CsvError) return [`it is no CSV: ${error.message}`];
    return ["it is not UTF-8"];
  }
  const [header = [], ...rows] = records;
  if (rows.length === 0) return ["it has a header only"];
  return [
    ...headerRefusals(header, tables[name]!),
    ...repeated(rows.map((row) => JSON.stringify(row))).map(() => "it has two identical rows"),
    ...tables[name]!.columns.filter((column) => header.includes(column)).flatMap((column) =>
      cellRefusals(column, rows.map((row) => row[header.indexOf(column)]!), tables[name]!)
    ),
  ];
}

/** Those that occur more than once, each once. */
export function repeated(texts: readonly string[]): string[] {
  return [...Map.groupBy(texts, (text) => text)].filter(([, all]) => all.length > 1)
    .map(([text]) => text);
}

function headerRefusals(header: readonly string[], { columns }: Table): string[] {
  return [
    ...columns.filter((column) => !header.includes(column)).map((column) =>
      `it has no column ${column}`
    ),
    // Columns are told apart by what a person sees.
    ...repeated(header.map((column) => column.trim())).map((column) =>
      `it has the column ${column} twice`
    ),
  ];
}

function cellRefusals(
  column: string,
  cells: readonly string[],
  { dates, required }: Table,
): string[] {
  const filled = cells.filter((cell) => cell !== "");
  const why: string[] = [];
  if (column === required && filled.length < cells.length) {
    why.push(`it has rows without ${column}`);
  }
  const limit = column === "notes" ? NOTE_LENGTH : IDS.test(column) ? ID_LENGTH : Infinity;
  // As the downstream counts: by code points.
  if (filled.some((cell) => [...cell].length > limit)) {
    why.push(`${column} is longer than ${limit} characters`);
  }
  if (dates.includes(column) && filled.length > 0) {
    const format = FORMATS.find(([, pattern]) => pattern.test(filled[0]!));
    if (!format) why.push(`${column} is no date: ${filled[0]}`);
    const other = format && filled.find((cell) => !format[1].test(cell));
    if (other !== undefined) why.push(`${column} is not all ${format![0]}: ${other}`);
  }
  return why;
}
