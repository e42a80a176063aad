package simulate

import (
	"crypto/ed25519"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/vault"
)

// A device is what somebody answers on who takes part online. Its key derives from the seed: right for people who do not exist, and for no others.
type device struct {
	seed    uint64
	key     ed25519.PrivateKey
	answers map[poll]int // given so far
}

// goOnline gives a person a device of their own, and its pseudonym.
func (s *script) goOnline(p *person) {
	secret := s.digest("device", string(p.id))
	p.device = &device{s.o.Seed, ed25519.NewKeyFromSeed(secret[:]), map[poll]int{}}
	p.code = domain.DevicePseudonym(domain.DeviceKey(p.device.key.Public().(ed25519.PublicKey)))
}

// sign is an answer as the device sends it in the command of that id.
func (d *device) sign(b commands.CastBallot, id string) commands.CastBallot {
	at := poll{b.Session, b.Wave, b.Question}
	d.answers[at]++
	if b.Text != "" {
		event := domain.NewEventID(id, domain.BallotStream(b.Dialogue, b.Pseudonym), 0)
		b.Salt = saltOf(d.seed, vault.Place{Event: event, Field: domain.AnswerField})
	}
	return b.SignedBy(d.key, id, d.answers[at])
}
