package bearer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"daybook.internal/access"
)

// keyPrefix is what API keys begin with, so that scanners of repositories find those that leak.
const keyPrefix = "db_live_"

// An APIKey is a key of somebody who reads much: it raises limits, and commands nothing.
type APIKey struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"` // who has it
	SHA256  string    `json:"sha256"`
	Created time.Time `json:"created"`
	Revoked bool      `json:"revoked,omitzero"`
	// LastUsed is the day (UTC) on which it was used last, as 2026-04-11, by the servers of this data directory; empty where it never was. It is not kept with the key but beside it.
	LastUsed string `json:"lastUsed,omitzero"`
}

// AddKey makes an API key of 256 random bits: db_live_<id>_<secret>. Only its SHA-256 is kept.
func (d Dir) AddKey(name string, now time.Time) (key string, as APIKey, err error) {
	if name == "" || len(name) > 200 || strings.ContainsAny(name, "\r\n") {
		return "", as, errors.New("a name of 1 to 200 bytes says who has the key")
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	id := newID()
	key = keyPrefix + id + "_" + base64.RawURLEncoding.EncodeToString(secret)
	sum := sha256.Sum256([]byte(key))
	as = APIKey{ID: id, Name: name, SHA256: hex.EncodeToString(sum[:]), Created: now.UTC().Truncate(time.Second)}
	return key, as, d.put(apiKeys, id, as)
}

// Keys lists the API keys, by id.
func (d Dir) Keys() (all []APIKey, err error) {
	ids, err := d.ids(apiKeys)
	for _, id := range ids {
		var k APIKey
		if k.Revoked, err = d.get(apiKeys, id, &k); err != nil {
			return nil, err
		}
		if k.LastUsed, err = d.lastUsed(id); err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, err
}

// RevokeKey takes an API key back, for good. One that was never there is fs.ErrNotExist.
func (d Dir) RevokeKey(id string) error { return d.revoke(apiKeys, id) }

// IsAPIKey tells whether a credential looks like an API key.
func IsAPIKey(credential string) bool { return strings.HasPrefix(credential, keyPrefix) }

// keyVerifier verifies API keys, and notes on which days they are used.
type keyVerifier struct {
	dir Dir
	uses
}

// Verify compares a key with the digest that is kept, in constant time. A key that never was takes the same way.
func (v *keyVerifier) Verify(_ context.Context, credential string) (access.Principal, error) {
	refused := &Refusal{"API key"}
	if len(credential) > MaxToken {
		return access.Principal{}, &Refusal{"oversized"}
	}
	id, _, ok := strings.Cut(strings.TrimPrefix(credential, keyPrefix), "_")
	if !ok || !IsAPIKey(credential) {
		return access.Principal{}, refused
	}
	var k APIKey
	revoked, err := v.dir.get(apiKeys, id, &k)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return access.Principal{}, err
	}
	kept := make([]byte, sha256.Size)
	if err == nil {
		if n, err := hex.Decode(kept, []byte(k.SHA256)); err != nil || n != sha256.Size {
			return access.Principal{}, fmt.Errorf("API key %s is damaged", id)
		}
	}
	sum := sha256.Sum256([]byte(credential))
	if same := subtle.ConstantTimeCompare(sum[:], kept) == 1; !same || revoked || err != nil {
		return access.Principal{}, refused
	}
	v.note(v.dir, k.ID)
	return access.Principal{Consumer: k.ID}, nil
}
