package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// meter shows on a terminal how much of the files has been checked, and nothing elsewhere. It
// may be used concurrently.
type meter struct {
	mu  sync.Mutex
	bar *progressbar.ProgressBar
}

func newMeter(w io.Writer, files []input) *meter {
	var total int64
	for _, in := range files {
		if in.size != stream && in.size <= maxFile {
			total += in.size
		}
	}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return &meter{bar: progressbar.DefaultSilent(total)}
	}
	return &meter{bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("validate"),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())}
}

// more tells of bytes that nobody knew of before, as those of standard input.
func (m *meter) more(bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bar.AddMax(bytes)
}

// add tells of bytes that have been checked.
func (m *meter) add(bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bar.Add(bytes)
}

// aside prints while the meter is out of the way.
func (m *meter) aside(print func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bar.Clear()
	return print()
}

// close takes the meter off the screen.
func (m *meter) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bar.Clear()
	m.bar.Exit()
}
