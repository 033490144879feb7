package stix_test

import "testing"

// Where a type wants at least one of the properties that it defines, one that it does not define
// is none.
func TestObjectsCustomAlone(t *testing.T) {
	const custom = `"x_example_com_note":"text"`
	cases := []objCase{
		{"S-6.13-01 S-6.13-00", objBad, "custom", "process -pid", custom, ""},
		{"S-6.16-01 S-6.16-00", objBad, "custom", "user-account -user_id", custom, ""},
		{"S-6.17-01 S-6.17-00", objBad, "custom", "windows-registry-key -key", custom, ""},
		{"S-6.18-01 S-6.18-00", objBad, "custom", "x509-certificate -serial_number", custom, ""},
		{"S-6.7-01 S-6.7-00", objBad, "custom", "file -name", custom, ""},
		{"S-6.7.6-01", objBad, "custom", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe",` + custom + `}}`, "/extensions/windows-pebinary-ext"},
	}
	for _, in := range []struct{ row, typ string }{
		{"S-6.7.3-01", "ntfs-ext"}, {"S-6.7.4-01", "pdf-ext"}, {"S-6.7.5-01", "raster-image-ext"},
		{"S-6.7.6-05", "windows-pe-optional-header-type"}, {"S-6.12.5-01", "tcp-ext"},
		{"S-6.13.2-01", "windows-process-ext"}, {"S-6.13.3-01", "windows-service-ext"}, {"S-6.16.2-01", "unix-account-ext"},
		{"S-6.17.2-01", "windows-registry-value-type"}, {"S-6.18.2-01", "x509-v3-extensions-type"},
	} {
		h := objHosts[in.typ]
		typ := objType{form: h.form}
		cases = append(cases, objCase{in.row, objBad, "custom in " + in.typ, h.host, typ.wrap(objRaw(custom)), h.at})
	}
	objRun(t, cases)
}
