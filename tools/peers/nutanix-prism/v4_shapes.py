# SPDX-License-Identifier: Apache-2.0
"""How v4 tells of things: every object says its type, without the minor; an empty list has no data."""
from world import MIB, stamp_fine

VM = "vmm:ahv/config/vms"
LISTS = {VM: "vmm.v4.ahv.config.ListVmsApiResponse", "vmm:content/images": "vmm.v4.content.ListImagesApiResponse",
         "networking:config/subnets": "networking.v4.config.ListSubnetsApiResponse",
         "clustermgmt:config/clusters": "clustermgmt.v4.config.ListClustersApiResponse",
         "clustermgmt:config/hosts": "clustermgmt.v4.config.ListHostsApiResponse",
         "prism:config/categories": "prism.v4.config.ListCategoriesApiResponse",
         "dataprotection:config/recovery-points": "dataprotection.v4.config.ListRecoveryPointsApiResponse",
         "volumes:config/volume-groups": "volumes.v4.config.ListVolumeGroupsApiResponse"}
GETS = {VM: "vmm.v4.ahv.config.GetVmApiResponse", "vmm:content/images": "vmm.v4.content.GetImageApiResponse",
        "networking:config/subnets": "networking.v4.config.GetSubnetApiResponse",
        "clustermgmt:config/clusters": "clustermgmt.v4.config.GetClusterApiResponse",
        "prism:config/categories": "prism.v4.config.GetCategoryApiResponse",
        "dataprotection:config/recovery-points": "dataprotection.v4.config.GetRecoveryPointApiResponse",
        "volumes:config/volume-groups": "volumes.v4.config.GetVolumeGroupApiResponse"}
RELS = {"vm": "vmm:ahv:vm", "image": "vmm:content:image", "vm_recovery_point": "dataprotection:config:recovery-point",
        "volume_group": "volumes:config:volume-group"}


def typed(type_, **members):
    return dict({"$objectType": type_, "$reserved": {"$fv": "v4.r0"}}, **members)


def etag(row):
    return "YXBwbGljYXRpb24vanNvbg==:%s" % row.get("version", 0)


def answer(type_, data, total=None):
    metadata = typed("common.v1.response.ApiResponseMetadata",
                     flags=[typed("common.v1.config.Flag", name="hasError", value=False)], links=[])
    if total is not None:
        metadata["totalAvailableResults"] = total
    body = typed(type_, metadata=metadata)
    if data is not None:
        body["data"] = data
    return body


def task_reference(row):
    return typed("prism.v4.config.TaskReference", extId="ZXJnb24=:" + row["uuid"])


def task(row):
    status = row["status"]
    told = typed("prism.v4.config.Task", extId="ZXJnb24=:" + row["uuid"], operation=row["operation"], status=status,
                 createdTime=stamp_fine(row["created"]), lastUpdatedTime=stamp_fine(row["completed"] or row["created"]),
                 progressPercentage=100 if row["completed"] else 50 if status == "RUNNING" else 0, isCancelable=False,
                 entitiesAffected=[typed("prism.v4.config.EntityReference", extId=uuid, rel=RELS[kind], name=name)
                                   for kind, uuid, name in row["entities"]])
    if row["completed"]:
        told["completedTime"] = stamp_fine(row["completed"])
    if row["failure"]:
        failure = row["failure"]
        told["errorMessages"] = [typed("prism.v4.error.AppMessage", message=failure.message, code=failure.code,
                                       errorGroup=failure.group, severity="ERROR")]
    return told


def entity(world, kind, row):
    return {VM: vm, "vmm:content/images": image, "networking:config/subnets": subnet, "clustermgmt:config/clusters": cluster,
            "clustermgmt:config/hosts": host, "prism:config/categories": category,
            "dataprotection:config/recovery-points": point, "volumes:config/volume-groups": group}[kind](world, row)


def ahv(type_, **members):
    return typed("vmm.v4.ahv.config." + type_, **members)


def disk(row):
    backing = ahv("VmDisk", diskExtId=row["uuid"], diskSizeBytes=row["bytes"], isMigrationInProgress=False,
                  storageContainer=ahv("VmDiskContainerReference", extId=row["container"]))
    if row.get("image"):
        backing["dataSource"] = ahv("DataSource", reference=ahv("ImageReference", imageExtId=row["image"]))
    return ahv("Disk", extId=row["uuid"], diskAddress=ahv("DiskAddress", busType=row["bus"], index=row["index"]),
               backingInfo=backing)


def nic(row):
    info = ahv("NicNetworkInfo", nicType="NORMAL_NIC", vlanMode="ACCESS", subnet=ahv("SubnetReference", extId=row["subnet"]))
    if row["ip"]:
        address = typed("common.v1.config.IPv4Address", value=row["ip"], prefixLength=32)
        info["ipv4Config"] = ahv("Ipv4Config", ipAddress=address, shouldAssignIp=True)
        info["ipv4Info"] = ahv("Ipv4Info", learnedIpAddresses=[dict(address)])
    return ahv("Nic", extId=row["uuid"], networkInfo=info,
               backingInfo=ahv("EmulatedNic", isConnected=True, macAddress=row["mac"], model="VIRTIO", numQueues=1))


def vm(world, row):
    told = ahv("Vm", extId=row["uuid"], name=row["name"], createTime=stamp_fine(row["created"]),
               updateTime=stamp_fine(row["updated"]), numSockets=row["sockets"], numCoresPerSocket=row["cores"],
               numThreadsPerCore=1, numNumaNodes=0, memorySizeBytes=row["memory_mib"] * MIB, isVcpuHardPinningEnabled=False,
               isCpuPassthroughEnabled=False, isMemoryOvercommitEnabled=False, isGpuConsoleEnabled=False,
               isCpuHotplugEnabled=True, isScsiControllerEnabled=True, generationUuid=row["generation"], biosUuid=row["uuid"],
               cluster=ahv("ClusterReference", extId=row["cluster"]), hardwareClockTimezone="UTC", isBrandingEnabled=True,
               bootConfig=ahv("UefiBoot" if row["boot"] == "UEFI" else "LegacyBoot", bootOrder=["CDROM", "DISK", "NETWORK"]),
               isVgaConsoleEnabled=True, machineType="PC", powerState=row["power"], isAgentVm=False, protectionType="UNPROTECTED",
               ownershipInfo=ahv("OwnershipInfo", owner=ahv("OwnerReference", extId=world.owner)),
               disks=[disk(each) for each in row["disks"]])
    ids = [world.categories[key, value] for key, values in row["categories"].items() for value in values]
    if row["description"] is not None:
        told["description"] = row["description"]
    if ids:
        told["categories"] = [ahv("CategoryReference", extId=id_) for id_ in ids]
    if row["nics"]:
        told["nics"] = [nic(each) for each in row["nics"]]
    return told


def image(world, row):
    told = typed("vmm.v4.content.Image", extId=row["uuid"], name=row["name"], description=row["description"] or "",
                 type=row["type"], createTime=stamp_fine(row["created"]), lastUpdateTime=stamp_fine(row["created"]),
                 ownerExtId=world.owner)
    if row["state"] == "COMPLETE":
        told["sizeBytes"] = row["bytes"]
    return told


def subnet(world, row):
    address = lambda text: typed("common.v1.config.IPv4Address", value=text, prefixLength=32)
    ip = typed("networking.v4.config.IPv4Config", defaultGatewayIp=address(row["prefix"] + ".1"),
               ipSubnet=typed("networking.v4.config.IPv4Subnet", ip=address(row["prefix"] + ".0"), prefixLength=24))
    told = typed("networking.v4.config.Subnet", extId=row["uuid"], name=row["name"], isExternal=False,
                 subnetType="OVERLAY" if row["vpc"] else "VLAN", networkId=row["vlan"],
                 ipConfig=[typed("networking.v4.config.IPConfig", ipv4=ip)])
    if row["vpc"]:
        told["vpcReference"] = row["vpc"]
    else:
        told.update(clusterReference=row["cluster"], bridgeName="br0")
    return told


def cluster(world, row):
    config = typed("clustermgmt.v4.config.ClusterConfigReference", clusterFunction=row["functions"], isAvailable=True,
                   buildInfo=typed("clustermgmt.v4.config.BuildReference", version=row["version"]), timezone="UTC",
                   clusterArch="X86_64")
    if row["hosts"]:
        config["hypervisorTypes"] = ["AHV"]
    return typed("clustermgmt.v4.config.Cluster", extId=row["uuid"], name=row["name"], config=config)


def host(world, row):
    return typed("clustermgmt.v4.config.Host", extId=row["uuid"], hostName=row["name"], memorySizeBytes=row["memory_mib"] * MIB,
                 numberOfCpuCores=row["cores"], cluster=typed("clustermgmt.v4.config.ClusterReference", uuid=row["cluster"]))


def category(world, row):
    return typed("prism.v4.config.Category", extId=row["uuid"], key=row["key"], value=row["value"], type="USER",
                 ownerUuid=world.owner)


def point(world, row):
    part = typed("dataprotection.v4.config.VmRecoveryPoint", extId=row["part"], vmExtId=row["vm"], name=row["name"],
                 creationTime=stamp_fine(row["created"]), recoveryPointType="CRASH_CONSISTENT")
    return typed("dataprotection.v4.config.RecoveryPoint", extId=row["uuid"], name=row["name"], status="COMPLETE",
                 creationTime=stamp_fine(row["created"]), recoveryPointType="CRASH_CONSISTENT", ownerExtId=world.owner,
                 vmRecoveryPoints=[part])


def group(world, row):
    return typed("volumes.v4.config.VolumeGroup", extId=row["uuid"], name=row["name"], description=row["description"] or "",
                 sharingStatus="NOT_SHARED", usageType="USER", clusterReference=row["cluster"],
                 attachmentType="DIRECT" if row["vm"] else "NONE")


def group_disk(row):
    return typed("volumes.v4.config.VolumeDisk", extId=row["uuid"], index=row["index"], diskSizeBytes=row["bytes"],
                 storageContainerId=row["container"])


def stats(row, points, wanted):
    members = {"hypervisorCpuUsagePpm": "cpu_ppm", "memoryUsageBytes": "memory_bytes",
               "controllerReadIoBandwidthKbps": "read_kbps", "controllerWriteIoBandwidthKbps": "write_kbps"}
    tuples = [typed("vmm.v4.ahv.stats.VmStatsTuple", timestamp=stamp_fine(when),
                    **{name: what[members[name]] for name in wanted if name in members}) for when, what in points]
    told = typed("vmm.v4.ahv.stats.VmStats", extId=row["uuid"])
    if tuples:
        told["stats"] = tuples
    return told
