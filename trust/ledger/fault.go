package ledger

import "fmt"

// Tampering is the kind of a fault.
type Tampering string

// What [Verify] tells apart, as far as what is left allows it.
const (
	Edited       Tampering = "edited"        // record, salt, opening or leaf: they do not fit together
	Removed      Tampering = "removed"       // there is nothing, and no purge record says why
	CutOff       Tampering = "cut off"       // the ledger ends before what a head or a hash shows
	Reordered    Tampering = "reordered"     // another entry, or another head, is in its place
	HashEdited   Tampering = "hash edited"   // a stored hash of entries is not theirs
	Rewritten    Tampering = "rewritten"     // records and hashes fit together, but not the signed head
	HeadBroken   Tampering = "head broken"   // a head is not as the node signed it
	Unsigned     Tampering = "unsigned"      // no signed head covers it
	NotForgotten Tampering = "not forgotten" // a purge record says that it is gone, and it is there
	Misfit       Tampering = "misfit"        // it refers to an entry that is not what it should be
)

// Fault is the first entry of a ledger that is not as it was written.
type Fault struct {
	Seq      int64 // the entry; where heads are at fault, the first that only they vouch for
	Last     int64 // the last one it can be, where a range is all that can be told; else Seq
	Kind     Tampering
	Expected string // what would be right
	Found    string // what is there instead
}

func (f *Fault) Error() string {
	entries := fmt.Sprintf("entry %d", f.Seq)
	if f.Last > f.Seq {
		entries = fmt.Sprintf("an entry from %d to %d", f.Seq, f.Last)
	}
	return fmt.Sprintf("ledger: %s: %s: expected %s; found %s", entries, f.Kind, f.Expected, f.Found)
}

func fault(seq int64, kind Tampering, expected, found string) *Fault {
	return &Fault{Seq: seq, Last: seq, Kind: kind, Expected: expected, Found: found}
}
