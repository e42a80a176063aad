// Package notary commits the records of a ledger to a Merkle tree, signs its head, proves what is in it, and verifies all of that.
//
// A leaf is one record, as the JSON of a CloudEvents 1.0 event built from the stored bytes; its index is the record's Seq. The tree is that of RFC 6962
// (SHA-256), stored and served as tiles (https://c2sp.org/tlog-tiles); its head is a checkpoint (https://c2sp.org/tlog-checkpoint) in a signed note
// (https://c2sp.org/signed-note), which witnesses cosign (https://c2sp.org/tlog-cosignature). So anybody's tools can check it, and any static host serve it.
//
// Everything here is a function of bytes. Who publishes, and in which order, stands in package notary/publish; who keeps watch, in notary/witness.
package notary

import "errors"

// ErrForm says that bytes do not have the form that they must have: a leaf, a tile, a checkpoint, a proof or a policy.
var ErrForm = errors.New("not in the form that it must have")

// ErrProof says that a proof does not hold.
var ErrProof = errors.New("the proof does not hold")

// ErrSignature says that a signature that must be there is missing or does not hold.
var ErrSignature = errors.New("the signature is missing or does not hold")
