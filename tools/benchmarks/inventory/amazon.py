# SPDX-License-Identifier: Apache-2.0
"""amazon.py: EC2's Query API: DescribeInstances in pages, the little that a probe asks for, and a refusal of all else."""
import urllib.parse

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
# As EC2 writes one reservation of one instance with one disk and one interface.
MACHINE = """<item><reservationId>r-%(id)s</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>\
<instanceId>i-%(id)s</instanceId><imageId>ami-0abcdef1234567890</imageId><instanceState><code>16</code><name>running</name></instanceState>\
<privateDnsName>ip-10-%(net)d-%(sub)d-%(host)d.eu-west-1.compute.internal</privateDnsName><dnsName/><reason/><keyName>operators</keyName>\
<amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>t3.micro</instanceType><launchTime>2026-10-01T09:12:33.000Z</launchTime>\
<placement><availabilityZone>eu-west-1%(zone)s</availabilityZone><groupName/><tenancy>default</tenancy></placement>\
<monitoring><state>disabled</state></monitoring><subnetId>subnet-0%(zone)s1b2c3d4e5f60718</subnetId><vpcId>vpc-0a1b2c3d4e5f60718</vpcId>\
<privateIpAddress>10.%(net)d.%(sub)d.%(host)d</privateIpAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item>\
<groupId>sg-0a1b2c3d4e5f60718</groupId><groupName>default</groupName></item></groupSet><architecture>x86_64</architecture>\
<rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs>\
<volumeId>vol-%(id)s</volumeId><status>attached</status><attachTime>2026-10-01T09:12:34.000Z</attachTime>\
<deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping><virtualizationType>hvm</virtualizationType>\
<clientToken>%(id)s</clientToken><tagSet><item><key>Name</key><value>web-%(number)d</value></item><item><key>Team</key>\
<value>shop-%(host)d</value></item><item><key>Environment</key><value>production</value></item></tagSet><hypervisor>xen</hypervisor>\
<networkInterfaceSet><item><networkInterfaceId>eni-%(id)s</networkInterfaceId><subnetId>subnet-0%(zone)s1b2c3d4e5f60718</subnetId>\
<vpcId>vpc-0a1b2c3d4e5f60718</vpcId><description/><ownerId>123456789012</ownerId><status>in-use</status>\
<macAddress>06:aa:%(mac)s</macAddress><privateIpAddress>10.%(net)d.%(sub)d.%(host)d</privateIpAddress>\
<privateDnsName>ip-10-%(net)d-%(sub)d-%(host)d.eu-west-1.compute.internal</privateDnsName><sourceDestCheck>true</sourceDestCheck><groupSet>\
<item><groupId>sg-0a1b2c3d4e5f60718</groupId><groupName>default</groupName></item></groupSet><attachment>\
<attachmentId>eni-attach-%(id)s</attachmentId><deviceIndex>0</deviceIndex><networkCardIndex>0</networkCardIndex><status>attached</status>\
<attachTime>2026-10-01T09:12:33.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment><privateIpAddressesSet><item>\
<privateIpAddress>10.%(net)d.%(sub)d.%(host)d</privateIpAddress><primary>true</primary></item></privateIpAddressesSet>\
<ipv6AddressesSet/><interfaceType>interface</interfaceType></item></networkInterfaceSet><ebsOptimized>false</ebsOptimized>\
<enaSupport>true</enaSupport><cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions>\
<capacityReservationSpecification><capacityReservationPreference>open</capacityReservationPreference></capacityReservationSpecification>\
<hibernationOptions><configured>false</configured></hibernationOptions><metadataOptions><state>applied</state><httpTokens>required</httpTokens>\
<httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint></metadataOptions><enclaveOptions>\
<enabled>false</enabled></enclaveOptions><platformDetails>Linux/UNIX</platformDetails><usageOperation>RunInstances</usageOperation>\
<privateDnsNameOptions><hostnameType>ip-name</hostnameType></privateDnsNameOptions></item></instancesSet></item>"""
# What else a probe wants to hear of: the action and what stands in its answer.
SMALL = {
    "DescribeAvailabilityZones": "<availabilityZoneInfo>" + "".join(
        "<item><zoneName>eu-west-1%s</zoneName><zoneState>available</zoneState><regionName>eu-west-1</regionName>"
        "<zoneType>availability-zone</zoneType></item>" % zone for zone in "abc") + "</availabilityZoneInfo>",
    "DescribeRegions": "<regionInfo><item><regionName>eu-west-1</regionName><regionEndpoint>ec2.eu-west-1.amazonaws.com</regionEndpoint>"
                       "<optInStatus>opt-in-not-required</optInStatus></item></regionInfo>",
    "DescribeInstanceTypes": "<instanceTypeSet><item><instanceType>t3.micro</instanceType><currentGeneration>true</currentGeneration>"
                             "<vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>1024</sizeInMiB></memoryInfo>"
                             "<processorInfo><supportedArchitectures><item>x86_64</item></supportedArchitectures></processorInfo></item>"
                             "</instanceTypeSet>",
    "DescribeImages": "<imagesSet><item><imageId>ami-0abcdef1234567890</imageId><imageState>available</imageState><name>linux</name>"
                      "<architecture>x86_64</architecture><imageType>machine</imageType><rootDeviceType>ebs</rootDeviceType>"
                      "<rootDeviceName>/dev/xvda</rootDeviceName></item></imagesSet>",
    "DescribeSubnets": "<subnetSet><item><subnetId>subnet-0a1b2c3d4e5f60718</subnetId><state>available</state>"
                       "<vpcId>vpc-0a1b2c3d4e5f60718</vpcId><cidrBlock>10.0.0.0/16</cidrBlock>"
                       "<availabilityZone>eu-west-1a</availabilityZone></item></subnetSet>",
    "DescribeAccountAttributes": "<accountAttributeSet/>",
    "DescribeAddresses": "<addressesSet/>",
    "DescribeVolumes": "<volumeSet/>",
}
IDENTITY = (b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
            b"<Arn>arn:aws:iam::123456789012:user/gaon</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
            b"</GetCallerIdentityResponse>")


class Cloud:
    content_type = "text/xml;charset=UTF-8"

    def __init__(self, kind, count):
        self.machines = [(MACHINE % dict(
            id="%017x" % number, number=number, net=number >> 16, sub=number >> 8 & 255, host=number & 255, zone="abc"[number % 3],
            mac="%02x:%02x:%02x:%02x" % (number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255))).encode()
            for number in range(count)]

    @staticmethod
    def connection():
        return dict(provider="aws", region="eu-west-1", options=dict(instance_types=["t3.*"]),
                    credentials=dict(access_key_id="AKIABENCHMARK", secret_access_key="benchmark"))

    def answer(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        action = form.get("Action", "")
        if action == "GetCallerIdentity":
            return 200, {}, IDENTITY
        if form.get("DryRun") == "true":
            return self.refused(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
        if action == "DescribeInstances":
            return 200, {}, self.page(form)
        if action in SMALL:
            return 200, {}, self.response(action, SMALL[action].encode())
        return self.refused(400, "InvalidAction", "not here")

    def page(self, form):
        first, size = int(form.get("NextToken", "0")), int(form.get("MaxResults", "1000"))
        following = first + size
        token = b"<nextToken>%d</nextToken>" % following if following < len(self.machines) else b""
        return self.response("DescribeInstances", b"<reservationSet>" + b"".join(self.machines[first:following]) + b"</reservationSet>" + token)

    @staticmethod
    def response(action, inside):
        return (b'<?xml version="1.0" encoding="UTF-8"?>\n<%sResponse xmlns="%s"><requestId>00000000-0000-4000-8000-00000000abcd</requestId>%s'
                b"</%sResponse>" % (action.encode(), NAMESPACE.encode(), inside, action.encode()))

    @staticmethod
    def refused(status, code, message):
        return status, {}, ("<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>0</RequestID>"
                            "</Response>" % (code, message)).encode()
