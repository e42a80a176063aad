// Package lots works out what the steps of a selection rest on: rounds of the beacon, seeds, panels, tickets, the index that is drawn. Whoever decides asks it, and whoever audits asks
// it again; both hand what it says to the rules of package domain. It is pure.
//
// A lottery is never built again here. Its panels are counted in whole numbers, its certificate is added up, and the commitments to them are made; so an auditor trusts no solver.
package lots

import (
	"encoding/hex"
	"strings"
	"time"

	"daybook.internal/domain"
	"daybook.internal/sortition/beacon"
	"daybook.internal/sortition/lottery"
)

// MostPanels is how many panels a selection may have.
const MostPanels = 10_000

// Algorithm is that of the lotteries that can be recorded, which is the one of package sortition/lottery. A replay needs nothing else than it, the objective and the number of panels.
func Algorithm() domain.Algorithm {
	name, version, _ := strings.Cut(lottery.Algorithm, "/")
	return domain.Algorithm{Name: name, Version: version, Params: map[string]string{}}
}

// Declare names a chain as an announcement does. synthetic says that its maker knows its key.
func Declare(c beacon.Chain, synthetic bool) domain.BeaconChain {
	return domain.BeaconChain{
		Name: c.Name, Hash: c.Hash, PublicKey: hex.EncodeToString(c.PublicKey[:]), Genesis: domain.TimeOf(time.Unix(c.Genesis, 0)), Period: int(c.Period * 1000), Synthetic: synthetic,
	}
}

// chain rejects a chain that nobody can verify: the real one is quicknet, and a synthetic one has the hash of what it declares.
func chain(b domain.BeaconChain) (beacon.Chain, error) {
	if quicknet := beacon.Quicknet(); !b.Synthetic {
		if b != Declare(quicknet, false) {
			return beacon.Chain{}, domain.Reject(domain.ErrInvalidField, "the beacon is drand's quicknet, of chain %x", quicknet.Hash[:4])
		}
		return quicknet, nil
	}
	c := beacon.Chain{Name: b.Name, Genesis: int64(b.Genesis) / 1000, Period: int64(b.Period) / 1000, Hash: b.Hash}
	key, err := hex.DecodeString(b.PublicKey)
	if err != nil || len(key) != len(c.PublicKey) || copy(c.PublicKey[:], key) == 0 || beacon.ChainHash(c, [32]byte{}) != c.Hash || Declare(c, true) != b {
		return beacon.Chain{}, domain.Reject(domain.ErrInvalidField, "beacon %q is not the one that its hash names", b.Name)
	}
	return c, nil
}

// CheckAnnounced rejects an announcement of what cannot be computed or verified here.
func CheckAnnounced(a domain.SelectionAnnounced) error {
	if _, err := chain(a.Beacon); err != nil {
		return err
	}
	want := Algorithm()
	switch objective := lottery.Objective(a.Objective); {
	case a.Algorithm.Name != want.Name || a.Algorithm.Version != want.Version || len(a.Algorithm.Params) > 0:
		return domain.Reject(domain.ErrInvalidField, "the algorithm is %q version %q", want.Name, want.Version)
	case objective != lottery.Leximin && objective != lottery.LeximinUncapped && objective != lottery.Goldilocks:
		return domain.Reject(domain.ErrInvalidField, "the objective is %s, %s or %s", lottery.Leximin, lottery.LeximinUncapped, lottery.Goldilocks)
	case a.Panels > MostPanels:
		return domain.Reject(domain.ErrInvalidField, "there are at most %d panels", MostPanels)
	}
	return nil
}

// CheckRound rejects a round whose signature is not the announced chain's, or whose randomness is not that of the signature.
func CheckRound(a domain.SelectionAnnounced, o domain.BeaconObserved) error {
	c, err := chain(a.Beacon)
	if err != nil {
		return err
	}
	r := beacon.Round{Number: uint64(max(o.Round, 0))}
	if b, err := hex.DecodeString(o.Signature); err != nil || len(b) != len(r.Signature) || copy(r.Signature[:], b) == 0 || hex.EncodeToString(b) != o.Signature {
		return domain.Reject(domain.ErrSignature, "a signature is %d bytes in hexadecimal digits", beacon.SignatureSize)
	}
	randomness, err := c.Verify(r.Number, r)
	if err != nil {
		return domain.Reject(domain.ErrSignature, "%v", err)
	}
	if randomness != o.Randomness {
		return domain.Reject(domain.ErrSignature, "the randomness of round %d is not SHA-256 of its signature", o.Round)
	}
	return nil
}

// ReadRound reads the file of a round, as drand's HTTP API gives it, and verifies it with the key of the announced chain. It gives the number of a round that there is.
func ReadRound(of domain.BeaconChain, file []byte) (int, error) {
	c, err := chain(of)
	if err != nil {
		return 0, err
	}
	r, err := c.Read(file)
	if err == nil {
		_, err = c.Verify(r.Number, r)
	}
	return int(r.Number), err
}
