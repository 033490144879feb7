package server_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"entente/taxii"
	"entente/taxii/server"
	"entente/trust"
)

// slow is an exchange in which every page takes until it is let go.
type slow struct {
	server.Exchange
	begun chan struct{}
	let   chan struct{}
}

func (s slow) Objects(context.Context, trust.Principal, string, taxii.Query) (taxii.Page, error) {
	s.begun <- struct{}{}
	<-s.let
	return taxii.Page{}, nil
}

// I-10: whoever opens many connections waits for its own turn, and nobody else does.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow{begun: make(chan struct{}, 100), let: make(chan struct{})}
		w := newWorld(t, withServer(func(cfg *server.Config) {
			s.Exchange, cfg.Exchange, cfg.Parallel = cfg.Exchange, nil, 3
			cfg.Exchange = &s
		}))
		done := make(chan int, 100)
		get := func(who, path string) {
			go func() { done <- w.as(who).get(path).status }()
			synctest.Wait()
		}
		for range 10 {
			get("csirt-xb", "collections/for-csirt-xb/objects/")
		}
		assert.Len(t, s.begun, 3, "three at once")
		go func() {
			done <- w.as("csirt-xb").post("collections/from-csirt-xb/objects/", envelope(objectM)).status
		}()
		synctest.Wait()
		assert.Empty(t, done, "what is posted waits too")
		get("csirt-xb", "collections/")
		assert.Equal(t, http.StatusOK, <-done, "what is small does not wait")
		get("csirt-xc", "collections/for-csirt-xc/objects/")
		assert.Len(t, s.begun, 4, "nor does anybody else")
		for range 11 {
			s.let <- struct{}{}
			synctest.Wait()
		}
		answers := map[int]int{}
		for range 12 {
			answers[<-done]++
		}
		assert.Equal(t, map[int]int{http.StatusOK: 11, http.StatusAccepted: 1}, answers)
	})
}
