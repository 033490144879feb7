package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"entente/stix"
	"entente/taxii"
	"entente/taxii/client"
	"entente/trust"
)

// idOf is the id of an object.
func idOf(raw []byte) (string, error) {
	var o shape
	err := json.Unmarshal(raw, &o)
	return o.ID, err
}

// answer is what a plain request got. The error_id, which is random, is taken out.
type answer struct {
	status int
	body   string
}

// probe asks below the API root, as a member or as nobody.
func (t *tour) probe(ctx context.Context, path, member string) (a answer, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, t.xa().Root+path, nil)
	if err != nil {
		return a, err
	}
	r.Header.Set("Accept", taxii.MediaType)
	if member != "" {
		r.Header.Set("Authorization", "Bearer "+t.xa().Members[member].Token)
	}
	pem, err := os.ReadFile(t.lab.State().CA)
	if err != nil {
		return a, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	var e taxii.Error
	if json.Unmarshal(data, &e) == nil && e.ErrorID != "" {
		data = []byte(strings.ReplaceAll(string(data), e.ErrorID, ""))
	}
	return answer{resp.StatusCode, string(data)}, nil
}

// send adds objects in one envelope.
func send(ctx context.Context, c *caller, alias string, objects ...[]byte) (taxii.Status, error) {
	col, err := c.collection(alias)
	if err != nil {
		return taxii.Status{}, err
	}
	receipts, err := c.Add(ctx, col, objects)
	if err != nil {
		return taxii.Status{}, err
	}
	if len(receipts) != 1 {
		return taxii.Status{}, fmt.Errorf("sent in %d envelopes instead of one", len(receipts))
	}
	return receipts[0].Status, nil
}

// holds looks for an object in a collection.
func (c *caller) holds(ctx context.Context, alias, id string) (raw string, found bool, err error) {
	h, err := c.walk(ctx, alias, client.Query{IDs: []stix.ID{stix.ID(id)}})
	raw, found = h.raw[id]
	return raw, found, err
}

func (t *tour) pushAlert(ctx context.Context) error {
	xb, err := t.member(ctx, "csirt-xb")
	if err != nil {
		return err
	}
	defer xb.Close()
	analyst, err := t.call(ctx, t.xa(), t.xa().Accounts["analyst"])
	if err != nil {
		return err
	}
	defer analyst.Close()
	begun := t.Now()
	alert, err := indicator("An alert of csirt-xb", t.xa().Members["csirt-xb"].Identity, begun, trust.MarkingOf(trust.Green))
	if err != nil {
		return err
	}
	id, err := idOf(alert)
	if err != nil {
		return err
	}
	status, err := send(ctx, xb, "from-csirt-xb", alert)
	if err != nil {
		return err
	}
	t.check(status.Status == "complete" && status.SuccessCount == 1, "the POST is complete: 1 success", fmt.Sprintf("%+v", status))
	raw, found, err := analyst.holds(ctx, "received", id)
	if err != nil {
		return err
	}
	t.check(found && raw == string(alert), "csirt-xa's analyst has it in `received`, "+t.since(begun)+" after", fmt.Sprint("found: ", found))
	_, back, err := xb.holds(ctx, "for-csirt-xb", id)
	if err != nil {
		return err
	}
	t.check(!back, "it does not come back to csirt-xb", "it is in for-csirt-xb")
	return nil
}

func (t *tour) pushBad(ctx context.Context) error {
	xb, err := t.member(ctx, "csirt-xb")
	if err != nil {
		return err
	}
	defer xb.Close()
	analyst, err := t.call(ctx, t.xa(), t.xa().Accounts["analyst"])
	if err != nil {
		return err
	}
	defer analyst.Close()
	var objects [][]byte
	var ids []string
	for range 3 {
		raw, err := indicator("One of three", t.xa().Members["csirt-xb"].Identity, t.Now(), trust.MarkingOf(trust.Green))
		if err != nil {
			return err
		}
		id, err := idOf(raw)
		if err != nil {
			return err
		}
		objects, ids = append(objects, raw), append(ids, id)
	}
	objects[1] = []byte(strings.Replace(string(objects[1]), `"pattern":`, `"patern":`, 1))
	t.say("three indicators, the second without its pattern")
	status, err := send(ctx, xb, "from-csirt-xb", objects...)
	if err != nil {
		return err
	}
	t.check(status.SuccessCount == 2 && status.FailureCount == 1 && len(status.Failures) == 1, "2 are taken, 1 is not", fmt.Sprintf("%+v", status))
	if len(status.Failures) == 1 {
		t.check(status.Failures[0].ID == ids[1] && strings.Contains(status.Failures[0].Message, "pattern"),
			"the reason names what is missing", status.Failures[0].Message)
		t.say("  %q", status.Failures[0].Message)
	}
	for i, id := range ids {
		_, found, err := analyst.holds(ctx, "received", id)
		if err != nil {
			return err
		}
		if found == (i == 1) {
			t.check(false, "its neighbours are there, and it is not", fmt.Sprintf("object %d is there: %t", i+1, found))
			return nil
		}
	}
	t.check(true, "its neighbours are there, and it is not", "")
	return nil
}
