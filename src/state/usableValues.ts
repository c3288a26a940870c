/** Values that runs can use in this version, by path, where the recipe's format knows more. None are left out at present. */
export const usableValues: Record<string, readonly unknown[]> = {};
