package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// bar shows on a terminal how far the work is, a few times a second. Elsewhere it shows nothing.
type bar struct {
	to          io.Writer
	began, last time.Time
	width       int
}

func newBar(w io.Writer) *bar {
	b := &bar{began: time.Now()}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			b.to = w
		}
	}
	return b
}

// show draws the bar anew.
func (b *bar) show(done, total uint64) {
	if b.to == nil || total == 0 || (done < total && time.Since(b.last) < 200*time.Millisecond) {
		return
	}
	b.last = time.Now()
	const wide = 30
	rate := float64(done) / time.Since(b.began).Seconds()
	line := fmt.Sprintf("[%-*s] %3d %%  %s of %s events  %s a second", wide, strings.Repeat("=", int(wide*done/total)), 100*done/total, number(done), number(total), number(uint64(rate)))
	if done < total && rate > 0 {
		line += fmt.Sprintf("  %v left", (time.Duration(float64(total-done)/rate)*time.Second + time.Second).Round(time.Second))
	}
	b.draw(line)
}

// doing says what is done once all events are read.
func (b *bar) doing(what string, done, total int) {
	if b.to == nil || time.Since(b.last) < 200*time.Millisecond {
		return
	}
	b.last = time.Now()
	if total > 0 {
		what += fmt.Sprintf(", %s of %s", number(uint64(max(done, 0))), number(uint64(total)))
	}
	b.draw(what)
}

func (b *bar) draw(line string) {
	fmt.Fprintf(b.to, "\r%-*s", b.width, line)
	b.width = len(line)
}

// clear takes the bar away.
func (b *bar) clear() {
	if b.to != nil && b.width > 0 {
		fmt.Fprintf(b.to, "\r%*s\r", b.width, "")
	}
}
