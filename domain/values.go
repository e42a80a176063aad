package domain

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Time is a moment in milliseconds since 1970 UTC. Its text is RFC 3339 with exactly three decimals and Z. The zero Time is unknown.
type Time int64

const timeLayout = "2006-01-02T15:04:05.000Z"

// TimeOf cuts t to milliseconds.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// Std is t for package time.
func (t Time) Std() time.Time { return time.UnixMilli(int64(t)).UTC() }

func (t Time) String() string { return string(t.appendText(nil)) }

// Date is the day of t, in UTC.
func (t Time) Date() Date { return Date(t.Std().Format(time.DateOnly)) }

// MarshalText writes the text of t.
func (t Time) MarshalText() ([]byte, error) { return t.appendText(nil), nil }

// UnmarshalText reads the text of t and nothing else.
func (t *Time) UnmarshalText(b []byte) error { return t.parseText(nil, b) }

// Check rejects a time whose year does not have four digits.
func (t Time) Check() error {
	if y := t.Std().Year(); y < 0 || y > 9999 {
		return reject(ErrInvalidField, "the year %d does not have four digits", y)
	}
	return nil
}

func (t Time) appendText(b []byte) []byte { return t.Std().AppendFormat(b, timeLayout) }

// parseText takes the layout to the letter, as time.Parse would take commas and signs, too, and is slower.
func (t *Time) parseText(_ *interner, s []byte) error {
	var n [7]int // year, month, day, hour, minute, second, millisecond
	fits := len(s) == len(timeLayout)
	for i, at := 0, 0; i < len(n) && fits; i++ {
		end := at + [...]int{4, 2, 2, 2, 2, 2, 3}[i]
		for ; at < end; at++ {
			n[i] = 10*n[i] + int(s[at]-'0')
			fits = fits && isDigit(s[at])
		}
		fits = fits && s[at] == timeLayout[at]
		at++
	}
	if !fits || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > daysIn(n[0], n[1]) || n[3] > 23 || n[4] > 59 || n[5] > 59 {
		return fmt.Errorf("%q is not a time like %s", s, timeLayout)
	}
	*t = Time((((int64(dayNumber(n[0], n[1], n[2]))*24+int64(n[3]))*60+int64(n[4]))*60+int64(n[5]))*1000 + int64(n[6]))
	return nil
}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// dayNumber counts days from 1 January 1970 in the proleptic Gregorian calendar, of years of four digits. Years begin with March here, so that the leap day
// is the last one (Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
func dayNumber(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	year += 400 // March of the year -1 is not rounded the other way
	return year*365 + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468 - 146097
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// Date is a day of the calendar, YYYY-MM-DD. It is empty where it is unknown.
type Date string

// Check rejects what is not a day.
func (d Date) Check() error {
	if _, err := time.Parse(time.DateOnly, string(d)); err != nil && d != "" {
		return reject(ErrInvalidField, "date %q is not YYYY-MM-DD", d)
	}
	return nil
}

// Place is an ISO 3166-1 alpha-2 code or a user-assigned one. UnknownPlace is the code for a place that is not known.
type Place string

// UnknownPlace is the user-assigned code that Unicode CLDR gives to an unknown region.
const UnknownPlace Place = "ZZ"

// Check rejects what is not two capital letters.
func (p Place) Check() error {
	if len(p) != 2 || p[0] < 'A' || p[0] > 'Z' || p[1] < 'A' || p[1] > 'Z' {
		return reject(ErrInvalidField, "place %q is not two capital letters (ISO 3166-1 alpha-2)", p)
	}
	return nil
}

// Digest is a SHA-256. Its text is 64 lower-case hexadecimal digits; the zero Digest is none.
type Digest [32]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes the text of d.
func (d Digest) MarshalText() ([]byte, error) { return d.appendText(nil), nil }

// UnmarshalText reads the text of d and nothing else.
func (d *Digest) UnmarshalText(b []byte) error { return d.parseText(nil, b) }

func (d Digest) appendText(b []byte) []byte { return hex.AppendEncode(b, d[:]) }

func (d *Digest) parseText(_ *interner, text []byte) error { return lowerHex(d[:], text) }

func lowerHex(dst, src []byte) error {
	if !unhex(dst, src) {
		return fmt.Errorf("%.70q is not %d lower-case hexadecimal digits", src, 2*len(dst))
	}
	return nil
}

// unhex reads lower-case hexadecimal digits, as many as fill dst.
func unhex(dst, src []byte) bool {
	if len(src) != 2*len(dst) {
		return false
	}
	all := byte(0)
	for i := range dst {
		high, low := digits[src[2*i]], digits[src[2*i+1]]
		dst[i] = high<<4 | low&15
		all |= high | low
	}
	return all < 16
}

// digits are the values of the lower-case hexadecimal digits, 255 for anything else.
var digits = func() (value [256]byte) {
	for c := range value {
		value[c] = 255
	}
	for i, c := range []byte("0123456789abcdef") {
		value[c] = byte(i)
	}
	return value
}()

func (id EventID) appendText(b []byte) []byte {
	b, _ = id.AppendText(b)
	return b
}

func (id *EventID) parseText(_ *interner, text []byte) error { return id.UnmarshalText(text) }

// Document is a file outside the record, held fast by its digest.
type Document struct {
	Digest Digest `json:"digest"`
	URI    string `json:"uri,omitempty"`
}

// Ratio is an exact share or threshold, Num/Den in lowest terms. Its text is "2/3", or "1" where the denominator is one.
// The zero Ratio is 0.
type Ratio struct{ Num, Den int64 }

// RatioOf gives num/den in lowest terms. It panics unless den > 0.
func RatioOf(num, den int64) Ratio {
	if den <= 0 {
		panic("domain: a ratio needs a positive denominator")
	}
	if num == 0 {
		return Ratio{}
	}
	d := gcd(num, den)
	return Ratio{num / d, den / d}
}

// gcd is the greatest common divisor of a and b > 0; the remainders of a negative a are negative, and those of the least int64 have no opposite.
func gcd(a, b int64) int64 {
	for a, b = b, a%b; b != 0; {
		a, b = b, a%b
	}
	return max(a, -a)
}

// Check rejects a ratio that RatioOf would not give, and one of more than 53 bits.
func (r Ratio) Check() error {
	if r == (Ratio{}) {
		return nil
	}
	if r.Den < 1 || r != RatioOf(r.Num, r.Den) || r.Num > maxInteger || r.Num < -maxInteger || r.Den > maxInteger {
		return reject(ErrInvalidField, "%d/%d is not a ratio of 53 bits in lowest terms", r.Num, r.Den)
	}
	return nil
}

func (r Ratio) String() string { return string(r.appendText(nil)) }

// MarshalText writes the text of r.
func (r Ratio) MarshalText() ([]byte, error) { return r.appendText(nil), nil }

// UnmarshalText reads the text of r and nothing else.
func (r *Ratio) UnmarshalText(b []byte) error { return r.parseText(nil, b) }

func (r Ratio) appendText(b []byte) []byte {
	b = strconv.AppendInt(b, r.Num, 10)
	if r.Den > 1 {
		b = append(b, '/')
		b = strconv.AppendInt(b, r.Den, 10)
	}
	return b
}

var errRatio = errors.New("a ratio is a whole number or a fraction in lowest terms, like 2/3")

func (r *Ratio) parseText(_ *interner, text []byte) error {
	s := string(text)
	num, den, has := strings.Cut(s, "/")
	n, err := strconv.ParseInt(num, 10, 54) // with the sign
	if err != nil {
		return errRatio
	}
	d := int64(1)
	if has {
		if d, err = strconv.ParseInt(den, 10, 54); err != nil || d < 2 {
			return errRatio
		}
	}
	if *r = RatioOf(n, d); r.String() != s || r.Check() != nil {
		return errRatio
	}
	return nil
}

// AtMost tells whether r <= part/whole, exactly. part and whole are counts, not negative; a whole of 0 is no share at all.
func (r Ratio) AtMost(part, whole int) bool {
	if whole == 0 {
		return false
	}
	lh, ll := bits.Mul64(uint64(max(r.Num, 0)), uint64(whole))
	rh, rl := bits.Mul64(uint64(part), uint64(max(r.Den, 1)))
	return lh < rh || (lh == rh && ll <= rl)
}
