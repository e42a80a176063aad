// Package clients generates clients of the HTTP API from its OpenAPI document, in Go and in TypeScript, and lets them take the tour of the README against a served
// edition. What is generated is not kept: it is made anew from api/openapi.json each time. make conformance runs it.
//
// It is a module of its own, so that the generators stay out of the product's.
package clients
