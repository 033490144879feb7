package server_test

import "testing"

func TestSeed(t *testing.T) {
	w := seeded(t)
	w.as("analyst").get("collections/publish/objects/").want(200).holds(indicator(idI, v3), objectM, objectS, objectMD, objectX1)
}
