// Package api is Pilotlight's HTTP face: the API that the command line, the
// tray and scripts use, its stream of events, its OpenAPI document, the
// metrics, and the dashboard's files.
//
// One mux stands behind two handlers. The handler for the unix socket trusts
// whoever could open the file: its mode guards it. The handler for loopback
// trusts nobody: any web page the person visits can send requests to
// 127.0.0.1, and so can other users of the machine, so every request is
// checked for its Host, its Origin and a sign-in before it reaches the mux.
//
// The package translates and nothing more. It must never decide about models,
// never hold state of its own besides sign-ins, never log a body, and never
// send a cross-origin permission.
package api
