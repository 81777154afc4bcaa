// Runs in every spec file before its tests. Hooks that hold for the whole suite are installed here.
export {};
