package stix_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestObjectsNetworkRows(t *testing.T) { objRun(t, append(objNetwork, objNumbers()...)) }

// objNetwork are the rows of §6.12 and §6.13.
var objNetwork = []objCase{
	{"S-6.12-01", objBad, "neither end", "network-traffic -src_ref", ``, ""},
	{"S-6.12-01", objBad, "ports are no ends", "network-traffic -src_ref", `"src_port":1,"dst_port":2`, ""},
	{"S-6.12-01 S-6.12-00", objBad, "no protocols", "network-traffic -protocols", ``, ""},
	{"S-6.12-01", objOK, "a source", "network-traffic", ``, ""},
	{"S-6.12-01", objOK, "a destination", "network-traffic -src_ref", `"dst_ref":"@domain-name"`, ""},
	{"S-6.12-02", objWarn, "no port", "network-traffic", ``, ". /src_port /dst_port"},
	{"S-6.12-02", objWarn, "one port", "network-traffic", `"src_port":80`, ". /src_port /dst_port"},
	{"S-6.12-02", objOK, "both ports", "network-traffic", `"src_port":50000,"dst_port":80`, ""},
	{"S-6.12-03", objBad, "active, and ended", "network-traffic", `"is_active":true,"end":"2026-01-01T00:00:00Z"`, ". /end /is_active"},
	{"S-6.12-03", objOK, "ended", "network-traffic", `"is_active":false,"end":"2026-01-01T00:00:00Z"`, ""},
	{"S-6.12-00", objOK, "ended, without is_active", "network-traffic", `"end":"2026-01-01T00:00:00Z"`, ""},
	{"S-6.12-03", objOK, "active", "network-traffic", `"is_active":true,"start":"2026-01-01T00:00:00Z"`, ""},
	{"S-6.12-08", objWarn, "not a protocol", "network-traffic", `"protocols":["ipv4","foo-and-bar"]`, "/protocols /protocols/1"},
	{"S-6.12-08", objWarn, "the extension's protocol is not listed", "network-traffic", `"protocols":["ipv4","tcp"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/"}}`, ". /protocols /extensions/http-request-ext"},
	{"S-6.12-08", objWarn, "the extension's protocol is not listed", "network-traffic", `"protocols":["ipv4","udp"],"extensions":{"tcp-ext":{"src_flags_hex":"02"}}`, ". /protocols /extensions/tcp-ext"},
	{"S-6.12-08", objOK, "protocols", "network-traffic", `"protocols":["ipv4","tcp","http"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/"}}`, ""},
	{"S-6.12-10", objBad, "a list", "network-traffic", `"ipfix":{"minimumIpTotalLength":[32]}`, "/ipfix/minimumIpTotalLength"},
	{"S-6.12-10", objBad, "a float", "network-traffic", `"ipfix":{"minimumIpTotalLength":1.5}`, "/ipfix/minimumIpTotalLength"},
	{"S-6.12-10", objBad, "a boolean", "network-traffic", `"ipfix":{"minimumIpTotalLength":1,"maximumIpTotalLength":true}`, "/ipfix/maximumIpTotalLength"},
	{"S-6.12-10", objOK, "integers and strings", "network-traffic", `"ipfix":{"minimumIpTotalLength":32,"interfaceName":"eth0"}`, ""},

	{"S-6.12.2-01", objWarn, "a method in capitals", "network-traffic", `"extensions":{"http-request-ext":{"request_method":"GET","request_value":"/"}}`, "/extensions/http-request-ext/request_method"},
	{"S-6.12.2-01", objWarn, "a version in capitals", "network-traffic", `"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","request_version":"HTTP/1.1"}}`, "/extensions/http-request-ext/request_version"},
	{"S-6.12.2-01", objOK, "lower case", "network-traffic", `"extensions":{"http-request-ext":{"request_method":"get","request_value":"/A","request_version":"http/1.1"}}`, ""},
	{"S-6.12.2-02 S-2.12-01", objBad, "a string", "network-traffic", `"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","request_header":{"Accept":"x"}}}`, "/extensions/http-request-ext/request_header/Accept"},
	{"S-6.12.2-02 S-2.12-01", objBad, "a list of numbers", "network-traffic", `"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","request_header":{"DNT":[1]}}}`, "/extensions/http-request-ext/request_header/DNT /extensions/http-request-ext/request_header/DNT/0"},
	{"S-6.12.2-02", objOK, "lists of strings", "network-traffic", `"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","request_header":{"Accept-Encoding":["gzip","deflate"]}}}`, ""},
	{"S-6.12.3-01 S-2.8-01", objBad, "one digit", "network-traffic", `"extensions":{"icmp-ext":{"icmp_type_hex":"8","icmp_code_hex":"00"}}`, "/extensions/icmp-ext/icmp_type_hex"},
	{"S-6.12.3-01 S-2.8-01", objBad, "capitals", "network-traffic", `"extensions":{"icmp-ext":{"icmp_type_hex":"08","icmp_code_hex":"0A"}}`, "/extensions/icmp-ext/icmp_code_hex"},
	{"S-6.12.3-01 S-6.12.3-00", objBad, "no code", "network-traffic", `"extensions":{"icmp-ext":{"icmp_type_hex":"08"}}`, "/extensions/icmp-ext"},
	{"S-6.12.3-01", objOK, "both", "network-traffic", `"protocols":["icmp"],"extensions":{"icmp-ext":{"icmp_type_hex":"08","icmp_code_hex":"0a"}}`, ""},
	{"S-6.12.4-01 S-2.4-01", objBad, "no address family", "network-traffic", `"extensions":{"socket-ext":{"address_family":"AF_FOO"}}`, "/extensions/socket-ext/address_family"},
	{"S-6.12.4-01 S-2.4-01", objBad, "no socket type", "network-traffic", `"extensions":{"socket-ext":{"address_family":"AF_INET","socket_type":"AF_ISOCK_DGRAMNET"}}`, "/extensions/socket-ext/socket_type"},
	{"S-6.12.4-01", objBad, "an option that is a string", "network-traffic", `"extensions":{"socket-ext":{"address_family":"AF_INET","options":{"SO_X":"1"}}}`, "/extensions/socket-ext/options/SO_X"},
	{"S-6.12.4-01", objBad, "an option that is a boolean", "network-traffic", `"extensions":{"socket-ext":{"address_family":"AF_INET","options":{"SO_KEEPALIVE":true}}}`, "/extensions/socket-ext/options/SO_KEEPALIVE"},
	{"S-6.12.4-01", objBad, "a negative descriptor", "network-traffic", `"extensions":{"socket-ext":{"address_family":"AF_INET","socket_descriptor":-1}}`, "/extensions/socket-ext/socket_descriptor"},
	{"S-6.12.4-01 S-6.12.4-00", objBad, "no address family at all", "network-traffic", `"extensions":{"socket-ext":{"is_blocking":true}}`, "/extensions/socket-ext"},
	{"S-6.12.4-01", objOK, "all of it", "network-traffic", `"extensions":{"socket-ext":{"address_family":"AF_INET6","socket_type":"SOCK_RAW","options":{"SO_RCVTIMEO":2000},"socket_descriptor":0,"is_listening":true}}`, ""},
	{"S-6.12.5-01 S-2.3-05", objBad, "empty", "network-traffic", `"extensions":{"tcp-ext":{}}`, "/extensions/tcp-ext"},
	{"S-6.12.5-01", objOK, "one", "network-traffic", `"extensions":{"tcp-ext":{"dst_flags_hex":"00000012"}}`, ""},

	{"S-6.13-01 S-6.13-00", objBad, "bare", "process -pid", ``, ""},
	{"S-6.13-01 S-6.13-00", objBad, "only common properties", "process -pid", `"defanged":true,"spec_version":"2.1","object_marking_refs":["@marking-definition"]`, ""},
	{"S-6.13-01", objOK, "one", "process -pid", `"is_hidden":false`, ""},
	{"S-6.13-01", objOK, "an extension", "process -pid", `"extensions":{"windows-process-ext":{"aslr_enabled":true}}`, ""},
	{"S-6.13-02", objBad, "a number", "process", `"environment_variables":{"PATH":1}`, "/environment_variables/PATH"},
	{"S-6.13-02", objBad, "a list", "process", `"environment_variables":{"HOME":"/","PATH":["/bin"]}`, "/environment_variables/PATH"},
	{"S-6.13-02", objOK, "strings", "process", `"environment_variables":{"PATH":"/bin","LC_ALL":""}`, ""},
	{"S-6.13.2-01 S-2.3-05", objBad, "empty", "process", `"extensions":{"windows-process-ext":{}}`, "/extensions/windows-process-ext"},
	{"S-6.13.2-01 S-2.4-01", objBad, "no integrity level", "process", `"extensions":{"windows-process-ext":{"integrity_level":"untrusted"}}`, "/extensions/windows-process-ext/integrity_level"},
	{"S-6.13.2-01", objOK, "keys as they are", "process", `"extensions":{"windows-process-ext":{"integrity_level":"system","startup_info":{"lpDesktop":"WinSta0"}}}`, ""},
	{"S-6.13.2-02", objWarn, "another ending", "process", `"extensions":{"windows-process-ext":{"priority":"HIGH"}}`, "/extensions/windows-process-ext/priority"},
	{"S-6.13.2-02", objOK, "_CLASS", "process", `"extensions":{"windows-process-ext":{"priority":"HIGH_PRIORITY_CLASS"}}`, ""},
	{"S-6.13.3-01 S-2.3-05", objBad, "empty", "process", `"extensions":{"windows-service-ext":{}}`, "/extensions/windows-service-ext"},
	{"S-6.13.3-01 S-2.4-01", objBad, "no start type", "process", `"extensions":{"windows-service-ext":{"start_type":"AUTO"}}`, "/extensions/windows-service-ext/start_type"},
	{"S-6.13.3-01 S-2.4-01", objBad, "no service type", "process", `"extensions":{"windows-service-ext":{"service_type":"service_kernel_driver"}}`, "/extensions/windows-service-ext/service_type"},
	{"S-6.13.3-01 S-2.4-01", objBad, "no service status", "process", `"extensions":{"windows-service-ext":{"service_status":"SERVICE_AUTO_START"}}`, "/extensions/windows-service-ext/service_status"},
	{"S-6.13.3-01", objOK, "all three", "process", `"extensions":{"windows-service-ext":{"start_type":"SERVICE_SYSTEM_ALERT","service_type":"SERVICE_KERNEL_DRIVER","service_status":"SERVICE_STOPPED"}}`, ""},
}

// objNumbers are the ports and counters, whose bounds are those of S-6.12-06 and S-6.12-09.
func objNumbers() (cases []objCase) {
	for _, n := range []struct {
		row, name, values string
		want              objVerdict
	}{
		{"S-6.12-06", "src_port", "0 443 65535", objOK},
		{"S-6.12-06", "src_port", "-1 65536 100000", objBad},
		{"S-6.12-06", "dst_port", "0 443 65535", objOK},
		{"S-6.12-06", "dst_port", "-1 65536 100000", objBad},
		{"S-6.12-09", "src_byte_count", "0 9007199254740991", objOK},
		{"S-6.12-09", "src_byte_count", "-1", objBad},
		{"S-6.12-09", "dst_byte_count", "0 1", objOK},
		{"S-6.12-09", "dst_byte_count", "-1", objBad},
		{"S-6.12-09", "src_packets", "0 1", objOK},
		{"S-6.12-09", "src_packets", "-1", objBad},
		{"S-6.12-09", "dst_packets", "0 1", objOK},
		{"S-6.12-09", "dst_packets", "-1", objBad},
	} {
		for _, value := range strings.Fields(n.values) {
			cases = append(cases, objCase{n.row, n.want, n.name + " " + value, "network-traffic", fmt.Sprintf(`%q:%s`, n.name, value), "/" + n.name})
		}
	}
	return cases
}
