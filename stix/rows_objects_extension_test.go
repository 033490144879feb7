package stix_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

func TestObjectsFileRows(t *testing.T) { objRun(t, append(objFile, objCounts()...)) }

// objFile are the rows of §6.7, and what all extensions share.
var objFile = []objCase{
	{"S-6-01 S-11.3-02 S-3.2-18", objBad, "no extension's name", "file", `"extensions":{"foo":{"some_key":"x"}}`, "/extensions/foo"},
	{"S-6-01 S-11.3-02 S-3.2-18", objBad, "no extension's name", "network-traffic", `"extensions":{"http":{"some_key":"x"}}`, "/extensions/http"},
	{"S-6-01 S-11.3-02 S-3.2-18", objBad, "no extension's name", "process", `"extensions":{"x-foo":{"some_key":"x"}}`, "/extensions/x-foo"},
	{"S-6-01 S-11.3-02 S-3.2-18", objBad, "no extension's name", "user-account", `"extensions":{"unix":{"some_key":"x"}}`, "/extensions/unix"},
	{"S-6-01", objBad, "another type's extension", "process", `"extensions":{"ntfs-ext":{"sid":"1"}}`, "/extensions/ntfs-ext"},
	{"S-6-01", objBad, "another type's extension", "file", `"extensions":{"tcp-ext":{"src_flags_hex":"02"}}`, "/extensions/tcp-ext"},
	{"S-6-01 S-11.3-* S-3.2-18", objWarn, "a custom extension", "file", `"extensions":{"foo-ext":{"some_key":"x"}}`, "/extensions/foo-ext"},
	{"S-6-01", objOK, "an extension-definition", "file", `"extensions":{"@extension-definition":{"extension_type":"property-extension","rank_x":5}}`, ""},
	{"S-6-01", objOK, "two predefined ones", "process", `"extensions":{"windows-process-ext":{"dep_enabled":true},"windows-service-ext":{"group_name":"x"}}`, ""},

	{"S-6.7-01 S-6.7-00", objBad, "a size alone", "file -name", `"size":5`, ""},
	{"S-6.7-01 S-6.7-00", objBad, "an extension alone", "file -name", `"extensions":{"ntfs-ext":{"sid":"1"}}`, ""},
	{"S-6.7-01", objOK, "hashes", "file -name", `"hashes":` + objHashes, ""},
	{"S-6.7-01", objOK, "a name", "file", ``, ""},
	{"S-6.7-02", objBad, "negative", "file", `"size":-1`, "/size"},
	{"S-6.7-02", objOK, "none", "file", `"size":0`, ""},
	{"S-6.7-04 S-3.1-06", objBad, "no name", "file -name", `"name_enc":"windows-1252","hashes":` + objHashes, ". /name_enc"},
	{"S-6.7-04 S-3.9-01", objBad, "no character set", "file", `"name_enc":"windoze"`, "/name_enc"},
	{"S-6.7-04", objOK, "a character set", "file", `"name_enc":"windows-1252"`, ""},
	{"S-6.7-05", objWarn, "no media type", "file", `"mime_type":"msword"`, "/mime_type"},
	{"S-6.7-05", objWarn, "not registered", "file", `"mime_type":"foo/bar"`, "/mime_type"},
	{"S-6.7-05", objOK, "registered", "file", `"mime_type":"application/pdf"`, ""},

	{"S-6.7.2-01 S-2.12-01", objBad, "no file", "file", `"extensions":{"archive-ext":{"contains_refs":[]}}`, "/extensions/archive-ext/contains_refs"},
	{"S-6.7.2-01 S-6.7.2-00", objBad, "no contains_refs", "file", `"extensions":{"archive-ext":{"comment":"x"}}`, "/extensions/archive-ext"},
	{"S-6.7.3-01 S-2.3-05", objBad, "empty", "file", `"extensions":{"ntfs-ext":{}}`, "/extensions/ntfs-ext"},
	{"S-6.7.3-01", objBad, "a negative size", "file", `"extensions":{"ntfs-ext":{"alternate_data_streams":[{"name":"a","size":-1}]}}`, "/extensions/ntfs-ext/alternate_data_streams/0/size"},
	{"S-6.7.3-01 S-6.7.3-00b", objBad, "no name", "file", `"extensions":{"ntfs-ext":{"alternate_data_streams":[{"name":"a"},{"size":1}]}}`, "/extensions/ntfs-ext/alternate_data_streams/1"},
	{"S-6.7.3-01", objOK, "a stream", "file", `"extensions":{"ntfs-ext":{"alternate_data_streams":[{"name":"a","size":0}]}}`, ""},
	{"S-6.7.4-01 S-2.3-05", objBad, "empty", "file", `"extensions":{"pdf-ext":{}}`, "/extensions/pdf-ext"},
	{"S-6.7.4-01", objBad, "a number", "file", `"extensions":{"pdf-ext":{"document_info_dict":{"Title":1}}}`, "/extensions/pdf-ext/document_info_dict/Title"},
	{"S-6.7.4-01", objBad, "a list", "file", `"extensions":{"pdf-ext":{"document_info_dict":{"Title":["x"]}}}`, "/extensions/pdf-ext/document_info_dict/Title"},
	{"S-6.7.4-01", objOK, "strings", "file", `"extensions":{"pdf-ext":{"document_info_dict":{"Title":"x","CreationDate":"20070412090123-02"}}}`, ""},
	{"S-6.7.5-01 S-2.3-05", objBad, "empty", "file", `"extensions":{"raster-image-ext":{}}`, "/extensions/raster-image-ext"},
	{"S-6.7.5-01", objBad, "a float", "file", `"extensions":{"raster-image-ext":{"exif_tags":{"XResolution":1.5}}}`, "/extensions/raster-image-ext/exif_tags/XResolution"},
	{"S-6.7.5-01", objBad, "a boolean", "file", `"extensions":{"raster-image-ext":{"exif_tags":{"Flash":true}}}`, "/extensions/raster-image-ext/exif_tags/Flash"},
	{"S-6.7.5-01", objBad, "a list", "file", `"extensions":{"raster-image-ext":{"exif_tags":{"Make":"N","GPS":[1]}}}`, "/extensions/raster-image-ext/exif_tags/GPS"},
	{"S-6.7.5-01", objOK, "integers and strings", "file", `"extensions":{"raster-image-ext":{"exif_tags":{"Make":"Nikon","XResolution":4928}}}`, ""},

	{"S-6.7.6-01", objBad, "only pe_type", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe"}}`, "/extensions/windows-pebinary-ext"},
	{"S-6.7.6-01", objOK, "one more", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","number_of_sections":0}}`, ""},
	{"S-6.7.6-03", objWarn, "a fraction", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","time_date_stamp":"2016-01-22T12:31:12.5Z"}}`, "/extensions/windows-pebinary-ext/time_date_stamp"},
	{"S-6.7.6-03", objOK, "a fraction of zeros", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","time_date_stamp":"2016-01-22T12:31:12.000Z"}}`, ""},
	{"S-6.7.6-03", objOK, "whole seconds", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","time_date_stamp":"2016-01-22T12:31:12Z"}}`, ""},
	{"S-6.7.6-05 S-2.3-05", objBad, "an empty optional header", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","optional_header":{}}}`, "/extensions/windows-pebinary-ext/optional_header"},
	{"S-6.7.6-05 S-6.7.6-00c", objBad, "a section without a name", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","sections":[{"size":1}]}}`, "/extensions/windows-pebinary-ext/sections/0"},
	{"S-6.7.6-05", objBad, "entropy 8.1", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","sections":[{"name":"a","entropy":8.1}]}}`, "/extensions/windows-pebinary-ext/sections/0/entropy"},
	{"S-6.7.6-05", objBad, "entropy -0.1", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","sections":[{"name":"a"},{"name":"b","entropy":-0.1}]}}`, "/extensions/windows-pebinary-ext/sections/1/entropy"},
	{"S-6.7.6-05", objOK, "the ends", "file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","sections":[{"name":"a","entropy":0},{"name":"b","entropy":8.0}]}}`, ""},
}

// objCounts are the numbers of S-6.7.6-04 that are never negative.
func objCounts() (cases []objCase) {
	const header, section = `"optional_header":{%q:%d}`, `"sections":[{"name":"a",%q:%d}]`
	for _, n := range []struct{ form, at, names string }{
		{`%q:%d`, "/", "number_of_sections number_of_symbols size_of_optional_header"},
		{header, "/optional_header/", `size_of_code size_of_initialized_data size_of_uninitialized_data size_of_image size_of_headers
			size_of_stack_reserve size_of_stack_commit size_of_heap_reserve size_of_heap_commit`},
		{section, "/sections/0/", "size"},
	} {
		for _, name := range strings.Fields(n.names) {
			with := func(value int) string {
				return fmt.Sprintf(`"extensions":{"windows-pebinary-ext":{"pe_type":"exe",`+n.form+`}}`, name, value)
			}
			at := "/extensions/windows-pebinary-ext" + n.at + name
			cases = append(cases,
				objCase{"S-6.7.6-04", objBad, name + " -1", "file", with(-1), at},
				objCase{"S-6.7.6-04", objOK, name + " 0", "file", with(0), ""})
		}
	}
	return cases
}

// objHashPlaces are the properties of observables that hold hashes; % stands for them.
var objHashPlaces = []struct{ base, members, at string }{
	{"artifact -payload_bin", `"url":"https://example.com/sample.bin","hashes":%`, "/hashes"},
	{"file", `"hashes":%`, "/hashes"},
	{"x509-certificate", `"hashes":%`, "/hashes"},
	{"file", `"extensions":{"ntfs-ext":{"alternate_data_streams":[{"name":"a","hashes":%}]}}`, "/extensions/ntfs-ext/alternate_data_streams/0/hashes"},
	{"file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","file_header_hashes":%}}`, "/extensions/windows-pebinary-ext/file_header_hashes"},
	{"file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","optional_header":{"hashes":%}}}`, "/extensions/windows-pebinary-ext/optional_header/hashes"},
	{"file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","sections":[{"name":"a","hashes":%}]}}`, "/extensions/windows-pebinary-ext/sections/0/hashes"},
}

// objAllHashes has a value for each algorithm of the list.
const objAllHashes = `{"MD5":"d41d8cd98f00b204e9800998ecf8427e","SHA-1":"da39a3ee5e6b4b0d3255bfef95601890afd80709",
	"SHA-256":"` + objSHA256 + `","SHA-512":"` + objSHA256 + objSHA256 + `","SHA3-256":"` + objSHA256 + `",
	"SHA3-512":"` + objSHA256 + objSHA256 + `","SSDEEP":"96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO",
	"TLSH":"6FF02BEF718027B0160B4391212923ED7F1A463D563B1549B86CF62973B197AD2731F8"}`

func TestObjectsHashes(t *testing.T) {
	forgiving := newReader(t, stix.DefaultTolerances()...)
	for _, p := range objHashPlaces {
		with := func(hashes string) string { return strings.ReplaceAll(p.members, "%", hashes) }
		objRun(t, []objCase{
			{"S-6-02", objBad, "another algorithm " + p.at, p.base, with(`{"SHA-256":"` + objSHA256 + `","FOO-128":"ab"}`), p.at + "/FOO-128"},
			{"S-6-02", objBad, "an algorithm in lower case " + p.at, p.base, with(`{"sha-256":"` + objSHA256 + `"}`), p.at + "/sha-256"},
			{"S-6-02", objOK, "the list " + p.at, p.base, with(objAllHashes), ""},
			{"S-2.7-03 S-6-02", objBad, "a short name " + p.at, p.base, with(`{"SHA-256":"` + objSHA256 + `","M5":"ab"}`), p.at + "/M5"},
			{"S-2.7-04", objBad, "31 digits " + p.at, p.base, with(`{"MD5":"` + objSHA256[:31] + `"}`), p.at + "/MD5"},
			{"S-2.7-04 S-2.7-03", objBad, "a number " + p.at, p.base, with(`{"MD5":1}`), p.at + "/MD5"},
			{"S-2.3-05 S-2.7-03", objBad, "empty " + p.at, p.base, with(`{}`), p.at},
		})
		t.Run("S-6-02 forgiven "+p.base+p.at, func(t *testing.T) {
			raw := objBuild(t, p.base, with(`{"FOO-128":"ab"}`))
			_, findings := forgiving.Read([]byte(raw))
			objCheck(t, objCase{"S-6-02", objWarn, "", "", "", p.at + "/FOO-128"}, findings, raw)
			for _, f := range findings {
				if f.Code == "S-6-02" {
					assert.Equal(t, "hash-algorithm", f.Tolerance)
				}
			}
		})
	}
}
