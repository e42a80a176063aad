package bearer

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"daybook.internal/access"
	"daybook.internal/domain"
)

// BuiltinIssuer is who issues the tokens of 'daybook token', and whom they are for: the daybook that has the key.
const BuiltinIssuer = "daybook"

// MaxTTL is how long a token of ours is good at most.
const MaxTTL = 90 * 24 * time.Hour

// An Issued is a token that was issued: what it grants, without the token.
type Issued struct {
	ID      string         `json:"id"`
	Subject string         `json:"subject"`
	Grants  []access.Grant `json:"grants"`
	Issued  time.Time      `json:"issued"`
	Expires time.Time      `json:"expires"`
	Revoked bool           `json:"revoked,omitzero"`
}

// body is the payload of a token of ours.
type body struct {
	Issuer   string         `json:"iss"`
	Subject  string         `json:"sub"`
	Audience string         `json:"aud"`
	Expires  int64          `json:"exp"`
	From     int64          `json:"nbf"`
	Issued   int64          `json:"iat"`
	ID       string         `json:"jti"`
	Grants   []access.Grant `json:"daybook_grants"`
}

// issuerKey is the key of the built-in issuer and its id, the RFC 7638 thumbprint.
type issuerKey struct {
	private ed25519.PrivateKey
	id      string
}

func (d Dir) keyPath() string { return filepath.Join(string(d), "issuer.key") }

// HasIssuer tells whether tokens can be issued already.
func (d Dir) HasIssuer() bool {
	_, err := os.Stat(d.keyPath())
	return err == nil
}

func (d Dir) key() (issuerKey, error) {
	text, err := readSecret(d.keyPath())
	if err != nil {
		return issuerKey{}, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return issuerKey{}, fmt.Errorf("%s holds no key", d.keyPath())
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := k.(ed25519.PrivateKey)
	if err != nil || !ok {
		return issuerKey{}, fmt.Errorf("%s holds no Ed25519 key", d.keyPath())
	}
	jwk := jose.JSONWebKey{Key: private.Public()}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	return issuerKey{private, base64.RawURLEncoding.EncodeToString(sum)}, err
}

// keyOrNew is the key, which is made where there is none.
func (d Dir) keyOrNew() (k issuerKey, made bool, err error) {
	k, err = d.key()
	if !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return k, false, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return k, false, err
	}
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return k, false, err
	}
	err = writeNew(d.keyPath(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return k, false, err
	}
	k, again := d.key()
	return k, err == nil, again
}

// Issue makes a token for a subject, from now on and for ttl, and notes it. made says that this was the first use of the key.
func (d Dir) Issue(subject string, grants []access.Grant, now time.Time, ttl time.Duration) (token string, as Issued, made bool, err error) {
	if err := (domain.Actor{Role: domain.Auditor, Principal: subject}).Check(); err != nil {
		return "", as, false, fmt.Errorf("a subject is a pseudonym of 1 to %d letters, digits or . _ ~ -", domain.MaxID)
	}
	if len(grants) == 0 {
		return "", as, false, errors.New("a token without a grant is worth nothing")
	}
	for _, g := range grants {
		if err := g.Check(); err != nil {
			return "", as, false, err
		}
	}
	if ttl < time.Second || ttl > MaxTTL {
		return "", as, false, fmt.Errorf("a token is good for 1s to %dh", int(MaxTTL.Hours()))
	}
	k, made, err := d.keyOrNew()
	if err != nil {
		return "", as, false, err
	}
	now = now.UTC().Truncate(time.Second)
	as = Issued{ID: newID(), Subject: subject, Grants: grants, Issued: now, Expires: now.Add(ttl)}
	payload, err := json.Marshal(body{BuiltinIssuer, subject, BuiltinIssuer, as.Expires.Unix(), now.Unix(), now.Unix(), as.ID, grants})
	if err != nil {
		return "", as, false, err
	}
	if token, err = k.sign(payload); err != nil {
		return "", as, false, err
	}
	if len(token) > MaxToken {
		return "", as, false, fmt.Errorf("so many grants make a token of %d bytes, and at most %d are taken", len(token), MaxToken)
	}
	return token, as, made, d.put(tokens, as.ID, as)
}

func (k issuerKey) sign(payload []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: k.private, KeyID: k.id}}, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

// Tokens lists what was issued, by id.
func (d Dir) Tokens() (all []Issued, err error) {
	ids, err := d.ids(tokens)
	for _, id := range ids {
		var t Issued
		if t.Revoked, err = d.get(tokens, id, &t); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, err
}

// RevokeToken takes a token back, for good. One that was never issued is fs.ErrNotExist.
func (d Dir) RevokeToken(id string) error { return d.revoke(tokens, id) }

// builtin verifies our own tokens.
type builtin struct {
	dir    Dir
	reader reader
}

// NewBuiltin verifies tokens that were issued by the key in a directory.
func NewBuiltin(d Dir, now func() time.Time) Verifier {
	return &builtin{d, reader{
		issuer: BuiltinIssuer, audience: BuiltinIssuer, skew: 0, maxAge: MaxTTL, now: now, keys: &ownKey{dir: d}, algorithms: []string{oidc.EdDSA},
	}}
}

// ownKey is the one key of the issuer, as it is now: it may be made, and replaced, beside a server. It is read anew where its file is another one.
type ownKey struct {
	dir  Dir
	mu   sync.Mutex
	file fs.FileInfo
	id   string
	key  ed25519.PublicKey
}

func (o *ownKey) current() (id string, key ed25519.PublicKey, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	info, err := os.Stat(o.dir.keyPath())
	if err != nil {
		return "", nil, err
	}
	if o.file == nil || !os.SameFile(o.file, info) || !o.file.ModTime().Equal(info.ModTime()) || o.file.Mode() != info.Mode() {
		k, err := o.dir.key()
		if err != nil {
			return "", nil, err
		}
		o.file, o.id, o.key = info, k.id, k.private.Public().(ed25519.PublicKey)
	}
	return o.id, o.key, nil
}

func (o *ownKey) verify(_ context.Context, kid, token string) ([]byte, error) {
	id, key, err := o.current()
	if err != nil {
		return nil, err
	}
	if kid != id {
		return nil, errors.New("another key")
	}
	jws, err := parse(token, jose.EdDSA)
	if err != nil {
		return nil, err
	}
	return jws.Verify(key)
}

// Verify reads a token of ours. What it grants stands in it and is signed; that it is not revoked stands in the directory.
func (b *builtin) Verify(ctx context.Context, credential string) (access.Principal, error) {
	c, err := b.reader.read(ctx, credential)
	if err != nil {
		return access.Principal{}, err
	}
	var noted Issued
	switch revoked, err := b.dir.get(tokens, c.text("jti"), &noted); {
	case errors.Is(err, fs.ErrNotExist), revoked:
		return access.Principal{}, &Refusal{"revoked"}
	case err != nil:
		return access.Principal{}, err
	}
	grants, err := grantsOf(c)
	if err != nil || c.text("sub") != noted.Subject {
		return access.Principal{}, &Refusal{"not as it was issued"}
	}
	return access.Principal{Subject: noted.Subject, Grants: grants}, nil
}

// grantsOf are the grants that are signed.
func grantsOf(c claims) (all []access.Grant, err error) {
	text, err := json.Marshal(c["daybook_grants"])
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(text, &all)
}
