import { strToU8, zipSync } from "fflate";

/** A cell: text, a number, a day as Excel counts them, or nothing. */
export type Cell = string | number | { readonly serial: number } | null;

/** A workbook as Excel writes it, by hand: another writer than the reader's own. */
export function workbook(
  sheets: Readonly<Record<string, readonly (readonly Cell[])[]>>,
  { is1904 = false } = {},
): Uint8Array<ArrayBuffer> {
  const names = Object.keys(sheets);
  const strings: string[] = [];
  const parts = Object.fromEntries(
    Object.values(sheets).map((rows, n) => [
      `xl/worksheets/sheet${n + 1}.xml`,
      `<worksheet xmlns="${MAIN}"><sheetData>${
        rows.map((cells, row) => rowXml(cells, row + 1, strings)).join("")
      }</sheetData></worksheet>`,
    ]),
  );
  const rels = names.map((_, n) => rel(`s${n}`, "worksheet", `worksheets/sheet${n + 1}.xml`));
  const xml = {
    "[Content_Types].xml":
      `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    "_rels/.rels": relations([rel("w", "officeDocument", "xl/workbook.xml")]),
    "xl/workbook.xml": `<workbook xmlns="${MAIN}" xmlns:r="${RELS}"><workbookPr date1904="${
      Number(is1904)
    }"/><sheets>${
      names.map((name, n) => `<sheet name="${name}" sheetId="${n + 1}" r:id="s${n}"/>`).join("")
    }</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relations([
      ...rels,
      rel("styles", "styles", "styles.xml"),
      rel("strings", "sharedStrings", "sharedStrings.xml"),
    ]),
    "xl/styles.xml":
      `<styleSheet xmlns="${MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
    ...parts,
    "xl/sharedStrings.xml": `<sst xmlns="${MAIN}">${
      strings.map((text) => `<si><t xml:space="preserve">${escaped(text)}</t></si>`).join("")
    }</sst>`,
  };
  return zipSync(
    Object.fromEntries(Object.entries(xml).map(([name, text]) => [name, strToU8(text)])),
  );
}

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

function rel(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="${RELS}/${type}" Target="${target}"/>`;
}

function relations(all: readonly string[]): string {
  const space = "http://schemas.openxmlformats.org/package/2006/relationships";
  return `<Relationships xmlns="${space}">${all.join("")}</Relationships>`;
}

function rowXml(cells: readonly Cell[], row: number, strings: string[]): string {
  const xml = cells.map((cell, at) => {
    const place = `r="${String.fromCharCode(65 + at)}${row}"`;
    if (cell === null) return "";
    if (typeof cell === "number") return `<c ${place}><v>${cell}</v></c>`;
    if (typeof cell === "object") return `<c ${place} s="1"><v>${cell.serial}</v></c>`;
    return `<c ${place} t="s"><v>${strings.push(cell) - 1}</v></c>`;
  });
  return `<row r="${row}">${xml.join("")}</row>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
