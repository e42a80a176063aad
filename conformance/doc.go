// Package conformance runs what others have written against ledger/esdbserver: the tests of the official Go client, unchanged, and the official Node client.
// make conformance runs it; docs/esdb.md says what does not apply to a ledger, and why.
//
// It is a module of its own, so that what only these tests need stays out of the product's.
package conformance
