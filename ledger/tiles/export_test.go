package tiles

import (
	"bytes"
	"io"
	"net/url"
	"time"
)

// ZipOf is Zip of bytes in memory.
func ZipOf(data []byte) (Files, error) {
	z, err := readZip(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	z.Closer = io.NopCloser(nil)
	return z, nil
}

// ImpatientURL is URL that waits for less.
func ImpatientURL(base string, request, stall time.Duration) Files {
	u, err := url.Parse(base)
	if err != nil {
		panic(err)
	}
	return &remote{base: u, client: newClient(), request: request, stall: stall, pause: time.Millisecond}
}
