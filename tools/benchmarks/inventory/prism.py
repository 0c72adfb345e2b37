# SPDX-License-Identifier: Apache-2.0
"""prism.py: a Prism Central: machines over v3 by offset and length, and over v4 by page and limit; the lists of a probe."""
import json

CLUSTER, IMAGE, SUBNET = ("%08d-0000-4000-8000-000000000001" % number for number in (2, 6, 4))
OWNER, PROJECT, CONTAINER = ("%08d-0000-4000-8000-000000000001" % number for number in (1, 8, 3))
MADE = "2026-10-01T09:12:33Z"


def uuid_of(number, kind=0):
    return "%08x-%04x-4000-8000-%012x" % (number, kind, number)


def address_of(number):
    return "10.%d.%d.%d" % (number >> 16, number >> 8 & 255, number & 255)


def reference(kind, uuid, name):
    return dict(kind=kind, uuid=uuid, name=name)


def v3_vm(number):
    """As v3 shows one: spec and status, which say nearly the same."""
    resources = dict(
        num_sockets=2, num_vcpus_per_socket=1, num_threads_per_core=1, memory_size_mib=2048, memory_overcommit_enabled=False,
        gpu_console_enabled=False, is_vcpu_hard_pinned=False, power_state="ON", power_state_mechanism=dict(
            mechanism="HARD", guest_transition_config=dict(enable_script_exec=False, should_fail_on_script_failure=False)),
        hardware_clock_timezone="UTC", is_agent_vm=False, disable_branding=False, enable_cpu_passthrough=False, machine_type="PC",
        hardware_virtualization_enabled=False, disk_list=[dict(
            uuid=uuid_of(number, 1), disk_size_bytes=10 << 30, disk_size_mib=10 << 10, device_properties=dict(
                device_type="DISK", disk_address=dict(adapter_type="SCSI", device_index=0)),
            storage_config=dict(storage_container_reference=reference("storage_container", CONTAINER, "default"), flash_mode="DISABLED"),
            data_source_reference=dict(kind="image", uuid=IMAGE))],
        nic_list=[dict(uuid=uuid_of(number, 2), nic_type="NORMAL_NIC", vlan_mode="ACCESS", trunked_vlan_list=[], is_connected=True,
                       mac_address="50:6b:8d:%02x:%02x:%02x" % (number >> 16 & 255, number >> 8 & 255, number & 255),
                       ip_endpoint_list=[dict(type="ASSIGNED", ip=address_of(number))],
                       subnet_reference=reference("subnet", SUBNET, "net-0"))],
        gpu_list=[], vga_console_enabled=True, boot_config=dict(boot_device_order_list=["CDROM", "DISK", "NETWORK"], boot_type="LEGACY"),
        vnuma_config=dict(num_vnuma_nodes=0), serial_port_list=[])
    cluster, name = reference("cluster", CLUSTER, "east"), "web-%d" % number
    return dict(
        metadata=dict(creation_time=MADE, last_update_time=MADE, kind="vm", uuid=uuid_of(number), spec_version=1, entity_version="1",
                      categories_mapping=dict(AppType=["Default"]), categories=dict(AppType="Default"), spec_hash="0" * 50,
                      project_reference=reference("project", PROJECT, "default"), owner_reference=reference("user", OWNER, "admin")),
        spec=dict(name=name, description="shop %d" % number, resources=resources, cluster_reference=cluster),
        status=dict(name=name, description="shop %d" % number, state="COMPLETE", cluster_reference=cluster, resources=dict(
            resources, hypervisor_type="AHV", protection_type="UNPROTECTED", storage_config={},
            host_reference=reference("host", uuid_of(number % 40, 7), "host-%d" % (number % 40))),
            execution_context=dict(task_uuid=[uuid_of(number, 9)])))


def typed(kind, **members):
    return {"$objectType": kind, "$reserved": {"$fv": "v4.r0"}, **members}


def v4_vm(number):
    """As v4 shows one."""
    def ahv(kind, **members):
        return typed("vmm.v4.ahv.config." + kind, **members)
    address = typed("common.v1.config.IPv4Address", value=address_of(number), prefixLength=32)
    return ahv(
        "Vm", extId=uuid_of(number), name="web-%d" % number, createTime=MADE, updateTime=MADE, numSockets=2, numCoresPerSocket=1,
        numThreadsPerCore=1, numNumaNodes=0, memorySizeBytes=2 << 30, isVcpuHardPinningEnabled=False, isCpuPassthroughEnabled=False,
        isMemoryOvercommitEnabled=False, isGpuConsoleEnabled=False, isCpuHotplugEnabled=True, isScsiControllerEnabled=True,
        generationUuid=uuid_of(number, 3), biosUuid=uuid_of(number), cluster=ahv("ClusterReference", extId=CLUSTER),
        host=ahv("HostReference", extId=uuid_of(number % 40, 7)), hardwareClockTimezone="UTC", isBrandingEnabled=True,
        bootConfig=ahv("LegacyBoot", bootOrder=["CDROM", "DISK", "NETWORK"]), isVgaConsoleEnabled=True, machineType="PC", powerState="ON",
        isAgentVm=False, protectionType="UNPROTECTED", ownershipInfo=ahv("OwnershipInfo", owner=ahv("OwnerReference", extId=OWNER)),
        description="shop %d" % number, disks=[ahv(
            "Disk", extId=uuid_of(number, 1), diskAddress=ahv("DiskAddress", busType="SCSI", index=0), backingInfo=ahv(
                "VmDisk", diskExtId=uuid_of(number, 1), diskSizeBytes=10 << 30, isMigrationInProgress=False,
                storageContainer=ahv("VmDiskContainerReference", extId=CONTAINER),
                dataSource=ahv("DataSource", reference=ahv("ImageReference", imageExtId=IMAGE))))],
        nics=[ahv("Nic", extId=uuid_of(number, 2), networkInfo=ahv(
            "NicNetworkInfo", nicType="NORMAL_NIC", vlanMode="ACCESS", subnet=ahv("SubnetReference", extId=SUBNET),
            ipv4Config=ahv("Ipv4Config", ipAddress=address, shouldAssignIp=True),
            ipv4Info=ahv("Ipv4Info", learnedIpAddresses=[address])), backingInfo=ahv(
                "EmulatedNic", isConnected=True, macAddress="50:6b:8d:%02x:%02x:%02x" % (number >> 16 & 255, number >> 8 & 255, number & 255),
                model="VIRTIO", numQueues=1))])


def entity(kind, uuid, name, **resources):
    named = dict(name=name, resources=resources)
    return dict(metadata=dict(kind=kind, uuid=uuid, spec_version=1), spec=named, status=dict(named, state="COMPLETE"))


class Cloud:
    content_type = "application/json"

    def __init__(self, kind, count):
        self.api = kind[-2:]
        make = v3_vm if self.api == "v3" else v4_vm
        self.vms = [json.dumps(make(number)).encode() for number in range(count)]

    def connection(self):
        return dict(provider="nutanix", options=dict(api=self.api, cluster=CLUSTER),
                    credentials=dict(username="admin", password="benchmark"))

    def answer(self, request):
        return (self.answer_v3 if self.api == "v3" else self.answer_v4)(request)

    def answer_v3(self, request):
        what = request.path.split("/")[4]
        asked = json.loads(request.body or b"{}")
        if what == "vms":
            first, size = int(asked.get("offset", 0)), int(asked.get("length", 20))
            rows = self.vms[first:first + size]
            head = dict(kind="vm", total_matches=len(self.vms), offset=first, length=len(rows))
            return 200, {}, b'{"api_version": "3.1", "metadata": %s, "entities": [%s]}' % (json.dumps(head).encode(), b", ".join(rows))
        small = dict(
            clusters=[entity("cluster", CLUSTER, "east", config=dict(software_map=dict(NOS=dict(software_type="NOS", version="6.10.1")),
                                                                       service_list=["AOS"]), nodes=dict(hypervisor_server_list=[]))],
            images=[entity("image", IMAGE, "linux", image_type="DISK_IMAGE", architecture="X86_64", size_bytes=1 << 30)],
            subnets=[entity("subnet", SUBNET, "net-0", subnet_type="VLAN", vlan_id=100)], hosts=[])
        if what not in small:
            return None
        return 200, {}, json.dumps(dict(api_version="3.1", metadata=dict(kind=what[:-1], total_matches=len(small[what])),
                                        entities=small[what])).encode()

    def answer_v4(self, request):
        what = request.path.rpartition("/")[2]
        if what == "vms":
            size = int(request.query.get("$limit", "50"))
            first = int(request.query.get("$page", "0")) * size
            return 200, {}, self.list_v4(len(self.vms), b", ".join(self.vms[first:first + size]))
        small = dict(
            clusters=[typed("clustermgmt.v4.config.Cluster", extId=CLUSTER, name="east", config=dict(
                clusterFunction=["AOS"], isAvailable=True, buildInfo=dict(version="6.10.1")))],
            images=[typed("vmm.v4.content.Image", extId=IMAGE, name="linux", type="DISK_IMAGE", sizeBytes=1 << 30)],
            subnets=[typed("networking.v4.config.Subnet", extId=SUBNET, name="net-0", subnetType="VLAN", networkId=100,
                           clusterReference=CLUSTER)], hosts=[])
        if what not in small:
            return None
        return 200, {}, self.list_v4(len(small[what]), b", ".join(json.dumps(row).encode() for row in small[what]))

    @staticmethod
    def list_v4(total, rows):
        head = typed("common.v1.response.ApiResponseMetadata", flags=[], links=[], totalAvailableResults=total)
        return b'{"metadata": %s, "data": [%s]}' % (json.dumps(head).encode(), rows)
