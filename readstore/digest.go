package readstore

import (
	"crypto/sha256"
	"encoding/binary"

	"daybook.internal/ledger"
)

// DocDigest is what stands beside a document in a store, so that damage is noticed when it is read:
// SHA-256("daybook-doc/v1" ‖ 0 ‖ be64(len view) ‖ view ‖ be64(version) ‖ be64(len key) ‖ key ‖ be64(at) ‖ data).
func DocDigest(v ViewVersion, key string, at uint64, data []byte) [32]byte {
	b := make([]byte, 0, 256)
	b = append(b, "daybook-doc/v1\x00"...)
	b = appendBuild(b, v)
	b = binary.BigEndian.AppendUint64(b, uint64(len(key)))
	b = append(b, key...)
	b = binary.BigEndian.AppendUint64(b, at)
	h := sha256.New()
	h.Write(b)
	h.Write(data)
	return [32]byte(h.Sum(b[:0]))
}

// BuildDigest is what stands beside the cursor of a build:
// SHA-256("daybook-build/v1" ‖ 0 ‖ be64(len view) ‖ view ‖ be64(version) ‖ be64(seq) ‖ 1 where it is served, else 0 ‖ token).
func BuildDigest(v ViewVersion, at ledger.Cursor, served bool) [32]byte {
	m := appendBuild([]byte("daybook-build/v1\x00"), v)
	m = binary.BigEndian.AppendUint64(m, at.Seq)
	flag := byte(0)
	if served {
		flag = 1
	}
	m = append(m, flag)
	return sha256.Sum256(append(m, at.Token...))
}

func appendBuild(b []byte, v ViewVersion) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(len(v.View)))
	b = append(b, v.View...)
	return binary.BigEndian.AppendUint64(b, uint64(v.Version))
}
