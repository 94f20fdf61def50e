import { CsvError, parse } from "csv-parse/sync";

/** What a table of the downstream is made of. Written by hand: the event catalogue is what is judged. */
interface Table {
  /** Read once a file, with the one format of the column's first cell. */
  readonly dates: readonly string[];
  /** Columns that a file must have, filled or not. */
  readonly required: readonly string[];
  /** The values that it takes of a column that is there. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** The lowest and the highest number that it takes. */
  readonly limits: Readonly<Record<string, readonly [lowest: number, highest: number]>>;
}

const METHODS = ["Credit Card", "Bank Transfer", "Debit Card", "Check"];

const tables: Readonly<Record<string, Table>> = {
  sales: table("sale_id", {
    dates: ["sale_date"],
    values: {
      sale_channel: ["Dealership", "Online", "Auction", "Private"],
      sale_status: ["Completed", "Pending", "Cancelled"],
      payment_method: METHODS,
    },
  }),
  payments: table("payment_id", {
    dates: ["payment_date"],
    values: {
      payment_method: METHODS,
      payment_status: ["Paid", "Pending", "Failed", "Refunded"],
    },
  }),
  interactions: table("interaction_id", {
    dates: ["interaction_date"],
    required: ["customer_id"],
    values: {
      interaction_type: ["Phone", "Email", "Chat", "In-Person"],
      interaction_channel: ["Sales", "Support", "Marketing"],
      outcome: ["Won", "Lost", "Pending", "Cancelled"],
    },
  }),
  inventory: table("inventory_id", {
    dates: ["last_updated"],
    required: ["vehicle_id"],
    values: { stock_status: ["In Stock", "Out of Stock", "Coming Soon"] },
  }),
  procurement: table("procurement_id", {
    dates: ["procurement_date"],
    required: ["supplier_id"],
    values: { procurement_status: ["Ordered", "Received", "Returned"] },
  }),
  telemetry: table("telemetry_id", {
    limits: {
      speed: [0, 350],
      fuel_level: [0, 100],
      engine_temperature: [-50, 250],
      location_lat: [-90, 90],
      location_long: [-180, 180],
    },
  }),
};

function table(
  id: string,
  { dates = [], required = [], values = {}, limits = {} }: Partial<Table>,
): Table {
  return {
    dates: ["timestamp", ...dates],
    required: ["event_type", "event_id", "timestamp", id, ...required],
    values,
    limits,
  };
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

/** A file of the raw bucket, as it was found there. */
export interface RawFile {
  readonly key: string;
  readonly body: Uint8Array;
}

/**
 * Why the downstream refuses a whole file, or would read it wrongly; empty if it does not. What it
 * refuses of a row alone is told by {@linkcode refusedRows}.
 */
export function refusals({ key, body }: RawFile): string[] {
  if (!key.endsWith(".csv")) return ["it is no .csv"];
  const name = tableOf(key);
  if (name === undefined) return ["its name belongs to no table"];
  if (body.length === 0) return ["it is empty"];
  let records: string[][];
  try {
    records = recordsOf(body);
  } catch (error) {
    if (error instanceof CsvError) return [`it is no CSV: ${error.message}`];
    return ["it is not UTF-8"];
  }
  const [header = [], ...rows] = records;
  if (rows.length === 0) return ["it has a header only"];
  return [
    ...headerRefusals(header, tables[name]!),
    ...repeated(rows.map((row) => JSON.stringify(row))).map(() => "it has two identical rows"),
    ...header.flatMap((column, at) =>
      cellRefusals(column, rows.map((row) => row[at]!), tables[name]!)
    ),
  ];
}

/** The rows of a file that the downstream leaves out, each with the reason. */
export function refusedRows({ key, body }: RawFile): string[] {
  const { values, limits } = tables[tableOf(key)!]!;
  const [header = [], ...rows] = recordsOf(body);
  return rows.flatMap((row, n) =>
    header.flatMap((column, at) => {
      const cell = row[at]!;
      const [lowest, highest] = limits[column] ?? [-Infinity, Infinity];
      const isTaken = cell === "" || (values[column]?.includes(cell) ?? true) &&
          (limits[column] === undefined || (Number(cell) >= lowest && Number(cell) <= highest));
      return isTaken ? [] : [`row ${n + 1}: ${column} is ${cell}`];
    })
  );
}

/** Strict: a row of another length than the header is refused. */
function recordsOf(body: Uint8Array): string[][] {
  return parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
}

/** Those that occur more than once, each once. */
export function repeated(texts: readonly string[]): string[] {
  return [...Map.groupBy(texts, (text) => text)].filter(([, all]) => all.length > 1)
    .map(([text]) => text);
}

function headerRefusals(header: readonly string[], { required }: Table): string[] {
  return [
    ...required.filter((column) => !header.includes(column)).map((column) =>
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
  // A rule on its values refuses every row; an operation on text fails on a column without any.
  if (filled.length === 0 && !required.includes(column)) {
    why.push(`${column} is empty in all rows`);
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
