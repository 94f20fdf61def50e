import type { Settings } from "../cli/settings.ts";

/** The local warehouse's owner. It listens on this machine only. */
export const LOCAL_WAREHOUSE = {
  user: "automotive",
  password: "automotive-local",
  database: "automotive",
} as const;

/** The settings that say where the warehouse is. */
export type WarehouseTarget = Pick<Settings, "warehouseUrl" | "ports">;

/**
 * The URL of the warehouse with the password: for programs, and for the user if it is the local
 * one.
 */
export function warehouseUrl(target: WarehouseTarget): string {
  const { user, password, database } = LOCAL_WAREHOUSE;
  return target.warehouseUrl ??
    `postgresql://${user}:${password}@localhost:${target.ports.warehouse}/${database}`;
}

/** The address of the warehouse without user and password. */
export function warehouseAddress(target: WarehouseTarget): string {
  const { hostname, port, pathname } = new URL(warehouseUrl(target));
  return `postgresql://${hostname}:${port || 5432}${pathname}`;
}
