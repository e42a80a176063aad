package domain

import (
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// devicePseudonymOf is the pseudonym of exampleDevice(n).
func devicePseudonymOf(n byte) Pseudonym {
	return DevicePseudonym(DeviceKey(exampleDevice(n).Public().(ed25519.PublicKey)))
}

// online is where people answer on their devices: the pseudonyms of exampleDevice(1) and exampleDevice(2) are among the codes issued.
func online() (Booth, map[Pseudonym]CodeProof) {
	s, _ := codes()
	all := append(pseudonyms(s.IssuedCodes-3), "q7xk2", devicePseudonymOf(1), devicePseudonymOf(2))
	var proofs map[Pseudonym]CodeProof
	s.CodesCommitment, proofs = SealCodes("dl_KE", all)
	return but(booth(), func(in *Booth) { in.Dialogue = Fold(Dialogue{}, append(authorised(), s)...) }), proofs
}

// TestDeviceKnown pins what is signed: the keys, texts and signatures were made by another program.
func TestDeviceKnown(t *testing.T) {
	t.Parallel()
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	device := ed25519.NewKeyFromSeed(seed)
	key := DeviceKey(device.Public().(ed25519.PublicKey))
	require.Equal(t, "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8", key.String())
	require.Equal(t, Pseudonym("dv_ca335de5d1de7bc595be428df25c2e65"), DevicePseudonym(key))

	one := but(freshBallot(), func(c *BallotCast) {
		c.Pseudonym, c.Channel, c.Revision, c.Issued = DevicePseudonym(key), OnlineChannel, 1, nil
	})
	two := but(one, func(c *BallotCast) {
		c.Answer, c.Channel, c.Table, c.Wave, c.Revision = Answer{NonResponse: Refused}, AppChannel, "t4", PreWave, 2
		c.Replaces, c.Issued = &Answer{Option: "users"}, &CodeProof{Index: 7} // not signed
	})
	for _, v := range []struct {
		c          BallotCast
		text, sign string
	}{
		{one, `{"answer":{"option":"users"},"channel":"online","dialogue":"dl_KE","lang":"sw","pseudonym":"dv_ca335de5d1de7bc595be428df25c2e65","question":{"id":"ar_wells","version":3},"revision":1,"session":"ss_2","wave":"post"}`,
			"d6c31324155ec02c97910acac17a0d216f63cccdbbc7e7286f33b7be1733073ac2cd1873528b7380e23f9990dea66e04beb694e173534b923a487aaf9adc1a0f"},
		{two, `{"answer":{"nonresponse":"refused"},"channel":"app","dialogue":"dl_KE","lang":"sw","pseudonym":"dv_ca335de5d1de7bc595be428df25c2e65","question":{"id":"ar_wells","version":3},"revision":2,"session":"ss_2","table":"t4","wave":"pre"}`,
			"668508ed1d74da8370831033d390567985e36903b67984ab0a8df87f5354b6d5e6a4a39d68b731b2612a5422135e5121920472b24b729e34abc9b4fe6371a400"},
	} {
		require.Equal(t, "daybook-ballot/v1\x00"+v.text, string(v.c.SignedText()))
		signed := v.c.SignedBy(device)
		require.Equal(t, key, signed.Device)
		require.Equal(t, v.sign, signed.Signature.String())
		require.NoError(t, signed.Verify())
	}
}

// What the respondent says, and where, cannot be changed in any member without breaking the signature; what others add can.
func TestEveryMemberIsSigned(t *testing.T) {
	t.Parallel()
	signed := example[BallotCast]()
	require.NoError(t, signed.Verify())
	unsigned := []string{"Issued", "Replaces"}
	for i := range reflect.TypeFor[BallotCast]().NumField() {
		name := reflect.TypeFor[BallotCast]().Field(i).Name
		c := signed
		v := reflect.ValueOf(&c).Elem().Field(i)
		switch p := v.Addr().Interface().(type) {
		case *Answer:
			p.Option += "x"
		case *ArtefactRef:
			p.Version++
		case *DeviceKey:
			*p = DeviceKey(exampleDevice(2).Public().(ed25519.PublicKey))
		case *DeviceSignature:
			p[9] ^= 1
		case *int:
			*p++
		case **CodeProof:
			*p = nil
		case **Answer:
			*p = nil
		default:
			v.SetString(v.String() + "x")
		}
		require.NotEqual(t, signed, c, name)
		if slices.Contains(unsigned, name) {
			require.NoError(t, c.Verify(), name)
			continue
		}
		require.ErrorIs(t, c.Verify(), ErrSignature, name)
	}
	require.Equal(t, reflect.TypeFor[BallotCast]().NumField(), reflect.TypeFor[SignedBallot]().NumField()+len(unsigned)+2, "a new member is signed, or is told to be not")
	require.ErrorIs(t, but(signed, func(c *BallotCast) { c.Question.ID = "ar_wellx" }).Verify(), ErrSignature)
	require.ErrorIs(t, but(signed, func(c *BallotCast) { c.Lang = "\xff" }).Verify(), ErrSignature, "what has no canonical form was never signed")
}

// A signed text reads back as what it was made of, and as nothing else.
func TestSignedTextIsCanonical(t *testing.T) {
	t.Parallel()
	c := example[BallotCast]()
	text, _ := strings.CutPrefix(string(c.SignedText()), "daybook-ballot/v1\x00")
	var back SignedBallot
	require.NoError(t, readCanonical(nil, []byte(text), reflect.ValueOf(&back).Elem()))
	require.Equal(t, SignedBallot{c.Dialogue, c.Pseudonym, c.Session, c.Wave, c.Question, c.Lang, c.Answer, c.Channel, c.Table, c.Revision}, back)
	requireJCS(t, []byte(text))
}

// Whoever makes a key for which anybody can sign has no device.
func TestWeakKeys(t *testing.T) {
	t.Parallel()
	// A signature without a private key: by the neutral element as public key, S·B = R holds for every text.
	hash := sha512.Sum512(make([]byte, ed25519.SeedSize))
	hash[0], hash[31] = hash[0]&248, hash[31]&127|64
	scalar := hash[:32]
	slices.Reverse(scalar)
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	s := new(big.Int).Mod(new(big.Int).SetBytes(scalar), order).FillBytes(make([]byte, 32))
	slices.Reverse(s)
	forged := append(slices.Clone(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)), s...)
	neutral := DeviceKey{1}
	c := but(freshBallot(), func(c *BallotCast) {
		c.Pseudonym, c.Revision, c.Device, c.Signature = DevicePseudonym(neutral), 1, neutral, DeviceSignature(forged)
	})
	require.True(t, ed25519.Verify(neutral[:], c.SignedText(), forged), "the library takes it")
	require.ErrorIs(t, c.Verify(), ErrSignature)

	for _, text := range append(slices.Clone(smallOrder),
		"0000000000000000000000000000000000000000000000000000000000000080", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f") {
		var k DeviceKey
		require.NoError(t, k.UnmarshalText([]byte(text)))
		require.True(t, k.weak(), text)
	}
	for n := range byte(50) {
		require.False(t, DeviceKey(exampleDevice(n).Public().(ed25519.PublicKey)).weak())
	}
	var near DeviceKey
	require.NoError(t, near.UnmarshalText([]byte("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")))
	require.False(t, near.weak())
}

func TestDeviceText(t *testing.T) {
	t.Parallel()
	c := example[BallotCast]()
	text, err := json.Marshal(map[string]any{"device": c.Device, "signature": c.Signature})
	require.NoError(t, err)
	var back struct {
		Device    DeviceKey
		Signature DeviceSignature
	}
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, c.Device, back.Device)
	require.Equal(t, c.Signature, back.Signature)
	for _, bad := range []string{`""`, `"` + strings.ToUpper(hex.EncodeToString(c.Device[:])) + `"`, `"` + c.Device.String() + `00"`, `[1]`} {
		require.Error(t, json.Unmarshal([]byte(bad), new(DeviceKey)), bad)
		require.Error(t, json.Unmarshal([]byte(bad), new(DeviceSignature)), bad)
	}
	require.True(t, Pseudonym("dv_").OfDevice())
	require.False(t, Pseudonym("Dv_1").OfDevice())
}

func TestBallotOfDevices(t *testing.T) {
	t.Parallel()
	in, proofs := online()
	device, other := exampleDevice(1), exampleDevice(2)
	proof := proofs[devicePseudonymOf(1)]
	bare := but(freshBallot(), func(c *BallotCast) { c.Pseudonym, c.Channel, c.Issued = devicePseudonymOf(1), OnlineChannel, &proof })
	users, state := Answer{Option: "users"}, Answer{Option: "state"}
	sign := func(revision int, a Answer) BallotCast {
		return but(bare, func(c *BallotCast) { c.Answer, c.Revision = a, revision }).SignedBy(device)
	}
	one := sign(1, users)
	two := but(sign(2, state), func(c *BallotCast) { c.Replaces, c.Issued = &users, nil })
	ask := func(c BallotCast) func(Ballot) ([]Event, error) { return asks2(Ballot.Cast, c, in) }
	than := func(change func(*BallotCast)) func(Ballot) ([]Event, error) { return ask(but(one, change)) }
	elsewhere := but(in, func(in *Booth) { in.Dialogue = Fold(in.Dialogue, example[SessionClosed]()) })
	checked := but(in, func(in *Booth) { in.Verified = true })
	void := but(example[BallotVoided](), func(v *BallotVoided) { v.Pseudonym, v.Replaces = one.Pseudonym, users })
	third := but(sign(3, users), func(c *BallotCast) { c.Issued = nil })
	paper := but(freshBallot(), func(c *BallotCast) { p := proofs["q7xk2"]; c.Issued = &p })
	tables := but(in, func(in *Booth) {
		in.Question = approvedIn(but(wells(), func(v *ArtefactVersionAdded) {
			q := *v.Question
			q.Unit, v.Question = TableUnit, &q
		}))
		in.Table = Fold(Table{}, example[TableFormed]())
	})
	table := but(freshBallot(), func(c *BallotCast) {
		c.Pseudonym, c.Table, c.Issued, c.Channel, c.Revision = "T4", "4", nil, OnlineChannel, 1
	})
	checkRulings(t, []ruling[Ballot]{
		{"signs", nil, ask(one), nil, follows(one)},
		{"signs in the room", nil, ask(but(one, func(c *BallotCast) { c.Channel = AppChannel }).SignedBy(device)), nil, follows(but(one, func(c *BallotCast) { c.Channel = AppChannel }).SignedBy(device))},
		{"changes", follows(one), ask(sign(2, state)), nil, follows(two)},
		{"answers again after it was voided", follows(one, two, void), ask(sign(3, users)), nil, follows(third)},
		{"the same again, unsigned", follows(one), ask(bare), nil, nil},
		{"was checked before", nil, asks2(Ballot.Cast, but(one, func(c *BallotCast) { c.Signature[0] ^= 1 }), checked), nil, follows(but(one, func(c *BallotCast) { c.Signature[0] ^= 1 }))},
		{"on paper, unsigned", nil, ask(paper), nil, follows(but(paper, func(c *BallotCast) { c.Revision = 1 }))},
		{"a table online", nil, asks2(Ballot.Cast, table, tables), nil, follows(table)},
		{"a code online", nil, ask(but(paper, func(c *BallotCast) { c.Channel = OnlineChannel })), ErrSignature, nil},
		{"a code online, checked before", nil, asks2(Ballot.Cast, but(paper, func(c *BallotCast) { c.Channel = OnlineChannel }), checked), ErrSignature, nil},
		{"signs nothing", nil, ask(bare), ErrSignature, nil},
		{"no key", nil, than(func(c *BallotCast) { c.Device = DeviceKey{} }), ErrSignature, nil},
		{"no signature", nil, than(func(c *BallotCast) { c.Signature = DeviceSignature{} }), ErrSignature, nil},
		{"another's key", nil, ask(one.SignedBy(other)), ErrSignature, nil},
		{"another's signature", nil, than(func(c *BallotCast) { c.Signature = c.SignedBy(other).Signature }), ErrSignature, nil},
		{"the server answers otherwise", nil, than(func(c *BallotCast) { c.Answer = state }), ErrSignature, nil},
		{"the server changes the answer", follows(one), ask(but(one, func(c *BallotCast) { c.Answer = state })), ErrSignature, nil},
		{"an older answer once more", follows(one, two), ask(one), ErrSignature, nil},
		{"a later answer before its time", nil, ask(sign(2, users)), ErrSignature, nil},
		{"in another wave", nil, than(func(c *BallotCast) { c.Wave = PreWave }), ErrSignature, nil},
		{"a code with a key", nil, ask(but(paper, func(c *BallotCast) { c.Device = one.Device })), ErrSignature, nil},
		{"a code with a signature", nil, ask(but(paper, func(c *BallotCast) { c.Signature = one.Signature })), ErrSignature, nil},
		{"a table with a signature", nil, asks2(Ballot.Cast, but(table, func(c *BallotCast) { c.Signature = one.Signature }), tables), ErrSignature, nil},
		{"a device that has no code", nil, ask(but(one, func(c *BallotCast) { c.Pseudonym = devicePseudonymOf(3) }).SignedBy(exampleDevice(3))), ErrCodeNotIssued, nil},
		{"after the session", nil, asks2(Ballot.Cast, one, elsewhere), ErrSessionClosed, nil},
	})
}

// TestNoMoreBallotsThanCodes: whatever is sent, under whatever pseudonym and with whatever proof, no question of a session with codes has answers of more people
// than codes were issued, and every one of them is of a code.
func TestNoMoreBallotsThanCodes(t *testing.T) {
	t.Parallel()
	issued := append(pseudonyms(4), devicePseudonymOf(1))
	root, proofs := SealCodes("dl_KE", issued)
	s := example[SessionOpened]()
	s.IssuedCodes, s.CodesCommitment = len(issued), root
	_, others := SealCodes("dl_KE", append(pseudonyms(9), devicePseudonymOf(2)))
	in := but(booth(), func(in *Booth) { in.Dialogue = Fold(Dialogue{}, append(authorised(), s)...) })
	senders := append(pseudonyms(9), devicePseudonymOf(1), devicePseudonymOf(2), "T4")
	answered := map[Pseudonym]bool{}
	for _, who := range senders {
		for _, of := range senders {
			for _, all := range []map[Pseudonym]CodeProof{proofs, others} {
				for _, option := range []OptionID{"users", "state"} {
					proof, ok := all[of]
					c := but(freshBallot(), func(c *BallotCast) {
						c.Pseudonym, c.Answer, c.Revision, c.Issued = who, Answer{Option: option}, 1, &proof
						if !ok {
							c.Issued = nil
						}
					})
					for n := range byte(3) {
						if who == devicePseudonymOf(n) {
							c = c.SignedBy(exampleDevice(n))
						}
					}
					events, err := Ballot{}.Cast(c, in)
					require.Equal(t, err == nil, len(events) == 1)
					answered[who] = answered[who] || err == nil
				}
			}
		}
	}
	for _, who := range senders {
		require.Equal(t, slices.Contains(issued, who), answered[who], who)
	}
}
