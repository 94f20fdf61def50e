import { sale } from "./events.ts";

/** A whole sale as a row of a file. */
export function saleRow(n: number, fields: Record<string, string | number> = {}) {
  return {
    ...sale(n) as Record<string, string | number>,
    sale_date: "2026-02-26T10:30:45.123456",
    customer_name: "Ann Smith",
    email: "ann@example.org",
    vehicle_id: "VEH-1",
    vehicle_vin: "VIN1",
    dealer_id: "DLR-1",
    dealer_name: "North",
    discount_amount: 100,
    final_price: 23899.5,
    sale_channel: "Online",
    sale_status: "Completed",
    payment_method: "Check",
    ...fields,
  };
}

/** So many whole sales. */
export function saleRows(count: number, start = 0): ReturnType<typeof saleRow>[] {
  return Array.from({ length: count }, (_, i) => saleRow(start + i));
}

/** The name of the n-th file of a type. */
export function fileName(type: string, n: number): string {
  return `${type}/${type}_20260226_${String(n).padStart(6, "0")}.csv`;
}
