package edge

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// smallest is the size from which answers are compressed: below it, more is spent than saved.
const smallest = 1024

// compressed encodes answers as gzip or zstd for clients that accept it. An encoded answer has a tag of its own, "…-gzip" or "…-zstd", so that a strong tag names one sequence of
// bytes. The library does that; it leaves two things to be done around it, which are done here: a client that comes back with such a tag is told that nothing is new by that tag
// (RFC 9110, 15.4.5), and HEAD has the headers that GET would have.
func compressed(plain func(*http.Request) bool) func(http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(smallest), gzhttp.SuffixETag("-gzip"), gzhttp.ContentTypeFilter(compressible))
	if err != nil {
		panic(fmt.Sprintf("edge: %v", err)) // the options above are wrong for every request
	}
	return func(next http.Handler) http.Handler {
		inner := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get(isHead) != "" {
				r = r.Clone(r.Context())
				r.Method = http.MethodHead
				r.Header.Del(isHead)
			}
			next.ServeHTTP(w, r)
		}))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if (r.Method != http.MethodGet && r.Method != http.MethodHead) || (plain != nil && plain(r)) {
				next.ServeHTTP(w, r) // answers to commands are small, and those to files come line by line
				return
			}
			w, r = withTags(w, r)
			if r.Header.Get(isHead) != "" || r.Method == http.MethodHead {
				r = r.Clone(r.Context())
				r.Header.Del(isHead)
				if r.Method == http.MethodHead { // the library does not encode for HEAD; net/http drops the body
					r.Method = http.MethodGet
					r.Header.Set(isHead, "1")
				}
			}
			inner.ServeHTTP(w, r)
		})
	}
}

// isHead marks a request within this file that came as HEAD. One that a client sends is taken away.
const isHead = "X-Edge-Head"

// compressible leaves out streams of events, whose lines have to go out one by one, and what is compressed already.
func compressible(kind string) bool {
	return !strings.HasPrefix(kind, "text/event-stream") && gzhttp.DefaultContentTypeFilter(kind)
}

// codings are what answers may be encoded in.
var codings = []string{"gzip", "zstd"}

// withTags takes the coding off the tags that a client has, and puts the client's own tag on an answer 304.
func withTags(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	fresh, same := r.Header["If-None-Match"], r.Header["If-Match"]
	if len(fresh)+len(same) == 0 {
		return w, r
	}
	accepted := strings.ToLower(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	encoded := map[string]string{} // by bare tag
	bareFresh, bareSame := withBare(fresh, accepted, encoded), withBare(same, accepted, encoded)
	if len(encoded) == 0 {
		return w, r
	}
	r = r.Clone(r.Context())
	for name, lines := range map[string][]string{"If-None-Match": bareFresh, "If-Match": bareSame} {
		if len(lines) > 0 {
			r.Header[name] = lines
		}
	}
	return &hooked{ResponseWriter: w, before: func(status int) {
		tag := w.Header().Get("ETag")
		if status != http.StatusNotModified || hasTag(fresh, tag) {
			return
		}
		strong, weak := strings.CutPrefix(tag, "W/")
		if own, ok := encoded[strong]; ok && weak {
			w.Header().Set("ETag", "W/"+own)
		} else if ok {
			w.Header().Set("ETag", own)
		}
	}}, r
}

// withBare gives lines of tags with those besides that their tags are without a coding that the client accepts now. What is weak stays weak.
func withBare(lines []string, accepted string, encoded map[string]string) []string {
	all := append([]string{}, lines...)
	for _, line := range lines {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			for _, coding := range codings {
				if bare, ok := strings.CutSuffix(tag, "-"+coding+`"`); ok && strings.Contains(accepted, coding) {
					all = append(all, bare+`"`)
					encoded[strings.TrimPrefix(bare, "W/")+`"`] = strings.TrimPrefix(tag, "W/")
				}
			}
		}
	}
	return all
}

func hasTag(lines []string, tag string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			if strings.TrimPrefix(strings.TrimSpace(one), "W/") == tag {
				return true
			}
		}
	}
	return false
}
