// Keeping the directory in bulk, ending devices, and certificates of devices.
using System.Security.Cryptography;
using Moderation.Contracts.Directory;
using Moderation.Evidence;
using Moderation.Features.Http;
using Moderation.IntegrationTests.Intake;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Accounts;

public sealed class DirectoryBulkTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Each_item_of_a_batch_stands_or_falls_alone()
    {
        await using var app = await App.StartAsync(cluster);
        using var platform = await app.PlatformAsync();
        using var device = CoseSigner.Generate();
        var key = new DeviceUpsert((int)device.PublicKey.Algorithm, Bytes.ToText(device.PublicKey.PublicKey));
        var kid = Bytes.ToText(device.PublicKey.Kid);

        using var answer = await platform.PostAsync(
            "/v1/directory:bulk",
            Answers.Json(
                new DirectoryBatch([
                    new DirectoryItem("account", "bulk-1", Account: new AccountUpsert()),
                    new DirectoryItem("device", kid, Device: key, Owner: "bulk-1"),
                    new DirectoryItem("device", kid, Device: key, Owner: "nobody"),
                    new DirectoryItem("planet", "mars"),
                    new DirectoryItem(
                        "meeting",
                        "bulk-meeting",
                        Meeting: new MeetingUpsert(
                            Bytes.ToText(RandomNumberGenerator.GetBytes(16)),
                            DateTimeOffset.UnixEpoch.AddDays(20_000),
                            true,
                            [new ParticipantUpsert(Bytes.ToText(RandomNumberGenerator.GetBytes(16)), "bulk-1", true)]
                        )
                    ),
                    new DirectoryItem(
                        "meeting",
                        "bad-meeting",
                        Meeting: new MeetingUpsert("AA", DateTimeOffset.UnixEpoch, true, [])
                    ),
                ])
            )
        );

        var results = (await answer.ShouldBeAsync<DirectoryResults>(200)).Items;
        results
            .Select(r => r.Code ?? r.Result)
            .ShouldBe(["taken", "taken", "account.not-found", "directory.item-unknown", "taken", "request.invalid"]);
    }

    [Fact]
    public async Task A_revoked_device_signs_no_more_and_never_comes_back()
    {
        await using var app = await App.StartAsync(cluster);
        var host = await ReportingHost.JoinAsync(app);
        var bundle = await host.SealAsync();
        var path = $"/v1/accounts/{host.ExternalId}/devices/{Bytes.ToText(host.Kid)}";

        using var anothers = await host.Platform.DeleteAsync($"/v1/accounts/nobody/devices/{Bytes.ToText(host.Kid)}");
        using var revoked = await host.Platform.DeleteAsync(path);
        using var again = await host.Platform.DeleteAsync(path);
        using var back = await host.PutDeviceAsync(host.Device.PublicKey);
        using var challenge = await host.PostChallengeAsync();
        using var head = await host.PostHeadAsync(bundle.Head);

        await anothers.ShouldBeProblemAsync(404, "device.not-found");
        await revoked.ShouldBeAsync(204);
        await again.ShouldBeAsync(204);
        (await back.ShouldBeAsync<DeviceShape>(200)).Status.ShouldBe("revoked");
        await challenge.ShouldBeProblemAsync(403, EvidenceCodes.DeviceRevoked);
        await head.ShouldBeProblemAsync(403, EvidenceCodes.DeviceRevoked);
    }

    [Fact]
    public async Task A_certificate_is_taken_from_the_device_authority_alone_and_then_every_manifest_names_it()
    {
        using var authority = CoseSigner.Generate();
        using var stranger = CoseSigner.Generate();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Convert.ToHexStringLower(authority.PublicKey.Encode()));
        await using var app = await App.StartAsync(cluster, ("Keys:DeviceAuthority", file));
        var host = await ReportingHost.JoinAsync(app);
        using var device = CoseSigner.Generate();
        var certificate = Certificate(device.PublicKey).Sign(authority);

        using var forged = await PutAsync(Certificate(device.PublicKey).Sign(stranger));
        using var anothers = await PutAsync(Certificate(stranger.PublicKey).Sign(authority));
        using var taken = await PutAsync(certificate);

        await forged.ShouldBeProblemAsync(422, "device.certificate-invalid");
        await anothers.ShouldBeProblemAsync(422, "device.certificate-invalid");
        await taken.ShouldBeAsync(200);
        var kid = device.PublicKey.Kid.ToArray();
        var stored = await app.InDbAsync(async db => (await db.Devices.FindAsync(kid))!.Certificate);
        stored.ShouldBe(certificate);
        File.Delete(file);

        Task<HttpResponseMessage> PutAsync(byte[] bytes) =>
            host.Platform.PutAsync(
                $"/v1/accounts/{host.ExternalId}/devices/{Bytes.ToText(device.PublicKey.Kid)}",
                Answers.Json(
                    new DeviceUpsert(
                        (int)device.PublicKey.Algorithm,
                        Bytes.ToText(device.PublicKey.PublicKey),
                        Bytes.ToText(bytes)
                    )
                )
            );

        DeviceCertificate Certificate(CoseKey key)
        {
            var now = (ulong)app.Clock.GetUtcNow().ToUnixTimeSeconds();
            return new DeviceCertificate
            {
                Issuer = "platform",
                Subject = "someone",
                NotBeforeSeconds = now - 10,
                IssuedSeconds = now - 10,
                ExpiresSeconds = now + 3_600,
                CertificateId = RandomNumberGenerator.GetBytes(16),
                Device = key,
            };
        }
    }
}
