# SPDX-License-Identifier: Apache-2.0
"""vim.py: a vCenter over vim25: the property collector in pages that are continued, and the little else that is asked of one."""
import re

ENVELOPE = (b'<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"'
            b' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
            b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<soapenv:Body>\n%s\n</soapenv:Body>\n</soapenv:Envelope>')
MANAGERS = ("propertyCollector PropertyCollector", "viewManager ViewManager", "sessionManager SessionManager", "perfManager PerformanceManager",
            "eventManager EventManager", "virtualDiskManager VirtualDiskManager", "fileManager FileManager", "taskManager TaskManager",
            "searchIndex SearchIndex")
ABOUT = ("<about><name>VMware vCenter Server</name><fullName>VMware vCenter Server 8.0.2 build-22617221</fullName><vendor>VMware, Inc.</vendor>"
         "<version>8.0.2</version><build>22617221</build><osType>linux-x64</osType><productLineId>vpx</productLineId>"
         "<apiType>VirtualCenter</apiType><apiVersion>8.0.2.0</apiVersion><instanceUuid>66bf7027-53ff-505c-a666-4f74dbc4bdf3</instanceUuid></about>")


def device(kind, key, label, more):
    return ('<VirtualDevice xsi:type="%s"><key>%d</key><deviceInfo xsi:type="Description"><label>%s</label><summary>%s</summary></deviceInfo>%s'
            "</VirtualDevice>" % (kind, key, label, label, more))


def devices(number):
    """What a machine of one disk and one network card has."""
    at = "[vsan] %08x-web/web-%d" % (number, number)
    return "".join((
        device("VirtualIDEController", 200, "IDE 0", "<busNumber>0</busNumber>"),
        device("VirtualIDEController", 201, "IDE 1", "<busNumber>1</busNumber>"),
        device("VirtualPS2Controller", 300, "PS2 controller 0", "<busNumber>0</busNumber><device>600</device><device>700</device>"),
        device("VirtualPCIController", 100, "PCI controller 0", "<busNumber>0</busNumber><device>500</device><device>12000</device>"
                                                                "<device>1000</device><device>4000</device>"),
        device("VirtualSIOController", 400, "SIO controller 0", "<busNumber>0</busNumber>"),
        device("VirtualKeyboard", 600, "Keyboard", "<controllerKey>300</controllerKey><unitNumber>0</unitNumber>"),
        device("VirtualPointingDevice", 700, "Pointing device",
               '<backing xsi:type="VirtualPointingDeviceDeviceBackingInfo"><deviceName/><useAutoDetect>false</useAutoDetect>'
               "<hostPointingDevice>autodetect</hostPointingDevice></backing><controllerKey>300</controllerKey><unitNumber>1</unitNumber>"),
        device("VirtualMachineVideoCard", 500, "Video card",
               "<controllerKey>100</controllerKey><unitNumber>0</unitNumber><videoRamSizeInKB>4096</videoRamSizeInKB><numDisplays>1</numDisplays>"
               "<useAutoDetect>false</useAutoDetect><enable3DSupport>false</enable3DSupport><use3dRenderer>automatic</use3dRenderer>"
               "<graphicsMemorySizeInKB>262144</graphicsMemorySizeInKB>"),
        device("VirtualMachineVMCIDevice", 12000, "VMCI device",
               "<controllerKey>100</controllerKey><unitNumber>17</unitNumber><id>%d</id>"
               "<allowUnrestrictedCommunication>false</allowUnrestrictedCommunication><filterEnable>true</filterEnable>" % number),
        device("ParaVirtualSCSIController", 1000, "SCSI controller 0",
               "<controllerKey>100</controllerKey><unitNumber>3</unitNumber><busNumber>0</busNumber><device>2000</device>"
               "<hotAddRemove>true</hotAddRemove><sharedBus>noSharing</sharedBus><scsiCtlrUnitNumber>7</scsiCtlrUnitNumber>"),
        device("VirtualDisk", 2000, "Hard disk 1",
               '<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>%s.vmdk</fileName><datastore type="Datastore">datastore-11</datastore>'
               "<backingObjectId/><diskMode>persistent</diskMode><split>false</split><writeThrough>false</writeThrough>"
               "<thinProvisioned>true</thinProvisioned><uuid>6000C29e-%04x-%04x-8000-%012x</uuid><contentId>%032x</contentId>"
               "<digestEnabled>false</digestEnabled><sharing>sharingNone</sharing></backing><controllerKey>1000</controllerKey>"
               "<unitNumber>0</unitNumber><capacityInKB>10485760</capacityInKB><capacityInBytes>10737418240</capacityInBytes><shares>"
               "<shares>1000</shares><level>normal</level></shares><storageIOAllocation><limit>-1</limit><shares><shares>1000</shares>"
               "<level>normal</level></shares><reservation>0</reservation></storageIOAllocation>"
               % (at, number >> 16, number & 65535, number, number)),
        device("VirtualVmxnet3", 4000, "Network adapter 1",
               '<backing xsi:type="VirtualEthernetCardDistributedVirtualPortBackingInfo"><port><switchUuid>50 1c 5d 12</switchUuid>'
               "<portgroupKey>dvportgroup-12</portgroupKey><portKey>%d</portKey><connectionCookie>%d</connectionCookie></port></backing>"
               "<connectable><migrateConnect>unset</migrateConnect><startConnected>true</startConnected>"
               "<allowGuestControl>true</allowGuestControl><connected>true</connected><status>ok</status></connectable>"
               "<controllerKey>100</controllerKey><unitNumber>7</unitNumber><addressType>assigned</addressType>"
               "<macAddress>00:50:56:%02x:%02x:%02x</macAddress><wakeOnLanEnabled>true</wakeOnLanEnabled>"
               % (number, number, number >> 16 & 255, number >> 8 & 255, number & 255))))


def value(kind, inside):
    return '<val xsi:type="%s">%s</val>' % (kind, inside)


def reference(kind, name):
    return '<val type="%s" xsi:type="ManagedObjectReference">%s</val>' % (kind, name)


def machine(number):
    options = "".join('<OptionValue xsi:type="OptionValue"><key>%s</key><value xsi:type="xsd:string">%s</value></OptionValue>' % pair for pair in (
        ("nvram", "web-%d.nvram" % number), ("svga.present", "TRUE"), ("pciBridge0.present", "TRUE"), ("pciBridge4.virtualDev", "pcieRootPort"),
        ("hpet0.present", "TRUE"), ("viv.moid", "66bf7027:vm-%d:%032x" % (number, number)), ("vmware.tools.internalversion", "12325"),
        ("sched.swap.derivedName", "/vmfs/volumes/vsan/web-%d.vswp" % number), ("guestinfo.team", "shop-%d" % (number % 50))))
    net = ("<GuestNicInfo><network>web</network><ipAddress>10.%d.%d.%d</ipAddress><macAddress>00:50:56:%02x:%02x:%02x</macAddress>"
           "<connected>true</connected><deviceConfigId>4000</deviceConfigId></GuestNicInfo>"
           % (number >> 16, number >> 8 & 255, number & 255, number >> 16 & 255, number >> 8 & 255, number & 255))
    return {
        "name": value("xsd:string", "web-%d" % number), "config.createDate": value("xsd:dateTime", "2026-10-01T09:12:33.000001Z"),
        "config.template": value("xsd:boolean", "false"),
        "config.instanceUuid": value("xsd:string", "50%06x-%04x-4000-8000-%012x" % (number, number & 65535, number)),
        "config.guestId": value("xsd:string", "debian12_64Guest"), "config.firmware": value("xsd:string", "efi"),
        "config.files.vmPathName": value("xsd:string", "[vsan] %08x-web/web-%d.vmx" % (number, number)),
        "config.hardware.numCPU": value("xsd:int", "2"), "config.hardware.memoryMB": value("xsd:int", "2048"),
        "config.hardware.numCoresPerSocket": value("xsd:int", "1"),
        "config.hardware.device": value("ArrayOfVirtualDevice", devices(number)),
        "config.extraConfig": value("ArrayOfOptionValue", options),
        "runtime.powerState": value("VirtualMachinePowerState", "poweredOn"),
        "runtime.connectionState": value("VirtualMachineConnectionState", "connected"),
        "runtime.host": reference("HostSystem", "host-21"), "guest.net": value("ArrayOfGuestNicInfo", net),
        "guest.toolsRunningStatus": value("xsd:string", "guestToolsRunning")}


def array(kind, name):
    return value("ArrayOfManagedObjectReference", '<ManagedObjectReference type="%s">%s</ManagedObjectReference>' % (kind, name))


# The rest of a datacenter with one host: type, id, properties.
PLACE = {
    "Datacenter": ("datacenter-1", {"name": value("xsd:string", "DC0"), "vmFolder": reference("Folder", "group-2"),
                                    "hostFolder": reference("Folder", "group-3")}),
    "ComputeResource": ("domain-s24", {"name": value("xsd:string", "DC0_H0"), "resourcePool": reference("ResourcePool", "resgroup-23"),
                                       "host": array("HostSystem", "host-21"), "datastore": array("Datastore", "datastore-11")}),
    "HostSystem": ("host-21", {"runtime.connectionState": value("HostSystemConnectionState", "connected"),
                               "runtime.inMaintenanceMode": value("xsd:boolean", "false"),
                               "hardware.memorySize": value("xsd:long", str(1 << 40)),
                               "summary.quickStats.overallMemoryUsage": value("xsd:int", "1404")}),
    "Datastore": ("datastore-11", {"name": value("xsd:string", "vsan"), "summary.accessible": value("xsd:boolean", "true"),
                                   "summary.freeSpace": value("xsd:long", str(1 << 44)), "summary.capacity": value("xsd:long", str(1 << 45)),
                                   "summary.maintenanceMode": value("xsd:string", "normal")}),
    "Network": ("network-6", {"name": value("xsd:string", "VM Network")}),
    "ResourcePool": ("resgroup-23", {"runtime.memory.maxUsage": value("xsd:long", str(1 << 40))}),
}


def properties(kind, name, rows):
    return ('<objects><obj type="%s">%s</obj>%s</objects>' % (kind, name, "".join(
        "<propSet><name>%s</name>%s</propSet>" % row for row in rows))).encode()


def found(pattern, body):
    return [one.decode() for one in re.findall(pattern, body)]


class Cloud:
    content_type = "text/xml; charset=utf-8"

    def __init__(self, kind, count):
        self.count, self.known, self.by_paths = count, list(machine(0)), {}
        self.machines(self.known)  # what a look asks for, before anybody waits for it

    def machines(self, paths):
        """Each with the properties that are asked for; made once for each set of them."""
        key = ".".join(sorted(paths))
        if key not in self.by_paths:
            rows = (machine(number) for number in range(self.count))
            self.by_paths[key] = [properties("VirtualMachine", "vm-%d" % number, [(path, row[path]) for path in paths])
                                  for number, row in enumerate(rows)]
        return key

    @staticmethod
    def connection():
        return dict(provider="vsphere", credentials=dict(username="gaon", password="benchmark"))

    def answer(self, request):
        method = found(rb"<soapenv:Body>\s*<(\w+)", request.body)[0]
        if method == "RetrievePropertiesEx":
            kind, paths = found(rb"<type>(\w+)</type>", request.body)[0], found(rb"<pathSet>([\w.]+)</pathSet>", request.body)
            if kind == "VirtualMachine":
                if not set(paths) <= set(self.known):
                    return None  # the shape here is too old
                return self.page(method, 0, int((found(rb"<maxObjects>(\d+)<", request.body) or ["100"])[0]), self.machines(paths))
            rows = [(path, PLACE[kind][1][path]) for path in paths] if kind in PLACE else None
            return self.said(method, b"<returnval>%s</returnval>" % properties(kind, PLACE[kind][0], rows) if rows else b"")
        if method == "ContinueRetrievePropertiesEx":
            first, size, key = found(rb"<token>([^<]*)<", request.body)[0].split("/")
            return self.page(method, int(first), int(size), key)
        if method == "RetrieveServiceContent":
            return self.said(method, ('<returnval><rootFolder type="Folder">group-d1</rootFolder>%s%s</returnval>' % (ABOUT, "".join(
                '<%s type="%s">%s</%s>' % (name, kind, kind, name) for name, kind in (row.split() for row in MANAGERS)))).encode())
        if method == "Login":
            return self.said(method, b"<returnval><key>benchmark</key><userName>gaon</userName></returnval>",
                             {"Set-Cookie": 'vmware_soap_session="benchmark"; Path=/; HttpOnly'})
        small = {"CreateContainerView": b'<returnval type="ContainerView">session[1]view</returnval>',
                 "CurrentTime": b"<returnval>2026-11-28T00:09:24.228447Z</returnval>",
                 "CreateCollectorForEvents": b'<returnval type="EventHistoryCollector">session[1]events</returnval>'}
        return self.said(method, small.get(method, b""))

    def page(self, method, first, size, key):
        following, rows = first + size, self.by_paths[key]
        token = b"<token>%d/%d/%s</token>" % (following, size, key.encode()) if following < len(rows) else b""
        return self.said(method, b"<returnval>" + token + b"".join(rows[first:following]) + b"</returnval>")

    @staticmethod
    def said(method, inside, headers=None):
        body = b'<%sResponse xmlns="urn:vim25">%s</%sResponse>' % (method.encode(), inside, method.encode())
        return 200, headers or {}, ENVELOPE % body
