// SPDX-License-Identifier: Apache-2.0
// vcsim.go: VMware's own simulator (govmomi's) on loopback, behind a reader as strict as a real server.
//
// The simulator's decoder skips elements that it does not know, in any order. Real servers refuse both, so every request is
// first held to the vendor's own types: known elements, in the schema's order, each required one there.
package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []node     `xml:",any"`
}

func (n *node) attribute(space, name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name && (a.Name.Space == space || (space != "" && strings.HasSuffix(a.Name.Space, space))) {
			return a.Value
		}
	}
	return ""
}

type member struct {
	name       string
	kind       reflect.Type
	isRequired bool
	isMany     bool
}

// The elements of a type in the order of its schema: those of its base first.
func members(t reflect.Type) []member {
	var all []member
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		tag := strings.Split(f.Tag.Get("xml"), ",")
		if f.Anonymous {
			all = append(all, members(f.Type)...)
			continue
		}
		if tag[0] == "" || tag[0] == "-" || (len(tag) > 1 && tag[1] == "attr") {
			continue
		}
		m := member{name: tag[0], kind: f.Type}
		m.isRequired = !strings.Contains(f.Tag.Get("xml"), "omitempty")
		if m.kind.Kind() == reflect.Pointer {
			m.kind = m.kind.Elem()
			m.isRequired = false
		}
		if m.kind.Kind() == reflect.Slice && m.kind.Elem().Kind() != reflect.Uint8 {
			m.kind = m.kind.Elem()
			m.isMany = true
		}
		all = append(all, m)
	}
	return all
}

var (
	typeNamed = types.TypeFunc()
	reference = reflect.TypeOf(types.ManagedObjectReference{})
	moment    = reflect.TypeOf(time.Time{})
	values    = map[string]bool{"string": true, "int": true, "long": true, "short": true, "boolean": true, "dateTime": true}
)

func typeOf(n *node, declared reflect.Type) (reflect.Type, error) {
	if said := n.attribute("XMLSchema-instance", "type"); said != "" {
		name := said[strings.LastIndex(said, ":")+1:]
		if t, ok := typeNamed(name); ok {
			return t, nil
		}
		if strings.HasPrefix(said, "xsd:") && values[name] {
			return reflect.TypeOf(""), nil
		}
		return nil, fmt.Errorf("%s: there is no type %s", n.XMLName.Local, said)
	}
	if declared.Kind() == reflect.Interface {
		name := strings.TrimPrefix(declared.Name(), "Base")
		if t, ok := typeNamed(name); ok && declared.Name() != "AnyType" {
			return t, nil
		}
		return nil, fmt.Errorf("%s: xsi:type is missing", n.XMLName.Local)
	}
	return declared, nil
}

func check(n *node, declared reflect.Type) error {
	t, err := typeOf(n, declared)
	if err != nil {
		return err
	}
	if t == reference {
		if n.attribute("", "type") == "" || strings.TrimSpace(n.Text) == "" {
			return fmt.Errorf("%s: a reference needs its type and value", n.XMLName.Local)
		}
		return nil
	}
	if t.Kind() != reflect.Struct || t == moment {
		if len(n.Children) != 0 {
			return fmt.Errorf("%s: a value has no elements", n.XMLName.Local)
		}
		return nil
	}
	known := members(t)
	seen := make([]int, len(known))
	at := 0
	for i := range n.Children {
		child := &n.Children[i]
		index := -1
		for k := range known {
			if known[k].name == child.XMLName.Local {
				index = k
			}
		}
		if index < 0 {
			return fmt.Errorf("%s has no element %s", t.Name(), child.XMLName.Local)
		}
		if index < at {
			return fmt.Errorf("%s: %s comes before %s", t.Name(), child.XMLName.Local, known[at].name)
		}
		at = index
		seen[index]++
		if seen[index] > 1 && !known[index].isMany {
			return fmt.Errorf("%s: %s comes twice", t.Name(), child.XMLName.Local)
		}
		if err := check(child, known[index].kind); err != nil {
			return fmt.Errorf("%s.%w", t.Name(), err)
		}
	}
	for k := range known {
		if known[k].isRequired && seen[k] == 0 {
			return fmt.Errorf("%s: %s is missing", t.Name(), known[k].name)
		}
	}
	return nil
}

func refuse(w http.ResponseWriter, fault, reason string) {
	log.Printf("refused: %s: %s", fault, reason)
	var text bytes.Buffer
	_ = xml.EscapeText(&text, []byte(reason))
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" `+
		`xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode>`+
		`<faultstring>%s</faultstring><detail><%sFault xmlns="urn:vim25" xsi:type="%s"/></detail></soapenv:Fault></soapenv:Body>`+
		`</soapenv:Envelope>`, text.String(), fault, fault)
}

// What a standalone host does not have, and the simulator does all the same.
var notOnHost = map[string]bool{"CloneVM_Task": true, "MarkAsTemplate": true, "CreateFolder": true}

type strict struct {
	next     http.Handler
	isESX    bool
	model    *simulator.Model
	lock     sync.Mutex
	reserved map[string]time.Time // names of machines that are being made
}

// takeName: a real server refuses a second machine of one name; the simulator does so for clones only.
func (s *strict) takeName(name string) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	if until, ok := s.reserved[name]; ok && time.Now().Before(until) {
		return false
	}
	for _, vm := range s.model.Map().All("VirtualMachine") {
		if vm.(*simulator.VirtualMachine).Name == name {
			return false
		}
	}
	s.reserved[name] = time.Now().Add(2 * time.Second)
	return true
}

func child(n *node, names ...string) *node {
	for _, name := range names {
		var found *node
		for i := range n.Children {
			if n.Children[i].XMLName.Local == name {
				found = &n.Children[i]
			}
		}
		if found == nil {
			return &node{}
		}
		n = found
	}
	return n
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, "/sdk") {
		s.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<22))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var envelope node
	if err := xml.Unmarshal(body, &envelope); err != nil {
		refuse(w, "InvalidRequest", err.Error())
		return
	}
	for i := range envelope.Children {
		if envelope.Children[i].XMLName.Local != "Body" || len(envelope.Children[i].Children) != 1 {
			continue
		}
		call := &envelope.Children[i].Children[0]
		name := call.XMLName.Local
		if s.isESX && notOnHost[name] {
			refuse(w, "NotSupported", "The operation is not supported on the object.")
			return
		}
		t, ok := typeNamed(name)
		if !ok {
			refuse(w, "InvalidRequest", "there is no method "+name)
			return
		}
		if err := check(call, t); err != nil {
			refuse(w, "InvalidRequest", name+": "+err.Error())
			return
		}
		if name == "CreateVM_Task" && !s.isESX && !s.takeName(child(call, "config", "name").Text) {
			refuse(w, "DuplicateName", "The name already exists.")
			return
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.next.ServeHTTP(w, r)
}

func certificate(folder string) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "vcsim"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(filepath.Join(folder, "certificate.pem"), text, 0o600); err != nil {
		log.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// One machine becomes what machines are made from: a template, or on a host a machine with a template's name.
func furnish(address *url.URL, isESX bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := govmomi.NewClient(ctx, address, true)
	if err != nil {
		return err
	}
	defer func() { _ = client.Logout(ctx) }()
	finder := find.NewFinder(client.Client)
	datacenter, err := finder.DefaultDatacenter(ctx)
	if err != nil {
		return err
	}
	machines, err := finder.SetDatacenter(datacenter).VirtualMachineList(ctx, "*VM1")
	if err != nil {
		return err
	}
	chosen := object.NewVirtualMachine(client.Client, machines[0].Reference())
	task, err := chosen.PowerOff(ctx)
	if err != nil {
		return err
	}
	_ = task.Wait(ctx)
	name := "golden"
	if isESX {
		name = "template-golden"
	}
	if task, err = chosen.Rename(ctx, name); err != nil {
		return err
	}
	if err = task.Wait(ctx); err != nil || isESX {
		return err
	}
	return chosen.MarkAsTemplate(ctx)
}

func main() {
	folder := flag.String("folder", "", "where the certificate and the address are written")
	isESX := flag.Bool("esx", false, "a standalone host instead of a vCenter")
	user := flag.String("user", "gaon", "who may log in")
	password := flag.String("password", "gaon-secret", "with what")
	flag.Parse()

	model := simulator.VPX()
	if *isESX {
		model = simulator.ESX()
	}
	defer model.Remove()
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	service := model.Service
	service.TLS = certificate(*folder)
	service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword(*user, *password)}
	inner := service.NewServer()
	defer inner.Close()

	outer := httptest.NewUnstartedServer(&strict{next: inner.Config.Handler, isESX: *isESX, model: model, reserved: map[string]time.Time{}})
	outer.TLS = service.TLS
	outer.StartTLS()
	defer outer.Close()
	if err := furnish(inner.URL, *isESX); err != nil {
		log.Fatal(err)
	}
	address := []byte("https://" + outer.Listener.Addr().String() + "\n")
	if err := os.WriteFile(filepath.Join(*folder, "address.new"), address, 0o600); err != nil {
		log.Fatal(err)
	}
	if err := os.Rename(filepath.Join(*folder, "address.new"), filepath.Join(*folder, "address")); err != nil {
		log.Fatal(err)
	}
	wait := make(chan os.Signal, 1)
	signal.Notify(wait, syscall.SIGINT, syscall.SIGTERM)
	<-wait
}
