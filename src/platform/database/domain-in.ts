/** The domain of an address, written as the index on it is. */
export const domainIn = (column: string): string => `lower(substring(${column} FROM '[^@]*$'))`;
