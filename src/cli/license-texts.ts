/** The bundler of the one binary puts the texts here; from sources they lie beside the code. */
export const LICENSES = `The Monzo exporter's own license is the file LICENSE beside its package.json, and that of every
package it uses is the license file in the package's folder in node_modules. Node's is at
https://github.com/nodejs/node/blob/main/LICENSE.
`
