// What runs once and ends, or runs instead of the exporter. `load-late.ts` loads them when one is
// asked for: the exporter itself must not hold them in memory for 90 days.
export { checkConfig } from './check-config.ts'
export { demo } from './demo.ts'
export { doctor } from './doctor.ts'
export { healthcheck } from './healthcheck.ts'
export { init } from './init.ts'
export { licenses } from './licenses.ts'
export { logout } from './logout.ts'
export { sandbox } from './sandbox.ts'
