// The "process" of @frida/path: paths are resolved from the root, as production does.
export default { platform: "linux", env: {}, cwd: () => "/" };
