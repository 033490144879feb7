package lab

import (
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// process is a node that runs.
type process struct {
	pid   int
	asked atomic.Bool   // to end
	ended chan struct{} // closed when it has
	how   string        // valid then
}

// launch runs `serve` for a node. Its output goes to the end of a file. Where the system can, the
// process ends with us, however we end.
func launch(program, config, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return nil, err
	}
	p := &process{ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// A child is told of the end of the thread that started it, so that this must live as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		cmd := exec.Command(program, "serve", "-c", config)
		cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = out, out, attributes()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		cmd.Wait() // how it ended is in its state
		p.how = cmd.ProcessState.String()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// stop asks the process to end, and ends it when it does not in time.
func (p *process) stop() error {
	p.asked.Store(true)
	running, err := os.FindProcess(p.pid)
	if err != nil {
		return nil // it has ended
	}
	limit := time.NewTimer(stopTime)
	defer limit.Stop()
	running.Signal(syscall.SIGTERM) // an error says that it has ended
	select {
	case <-p.ended:
		return nil
	case <-limit.C:
	}
	err = running.Kill()
	<-p.ended
	return err
}
