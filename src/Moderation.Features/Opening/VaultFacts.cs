// Gathers what the API asserts to the vault about a report, and opens its ciphertext (evidence-bundle.md 18, 19.2).
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Features.Storage;
using DeviceStatus = Moderation.Domain.Accounts.DeviceStatus;

namespace Moderation.Features.Opening;

public sealed class VaultFacts(ModerationDb db, IBlobStore blobs)
{
    public async Task<VaultOpening> AssertAsync(
        Report report,
        KeyReleaseBody body,
        CaseId about,
        IReadOnlyList<uint> indices,
        CancellationToken ct
    )
    {
        var device = await db.Devices.AsNoTracking().SingleAsync(d => d.Kid == report.DeviceKid, ct);
        var key =
            CoseKey.From((CoseAlgorithm)device.Algorithm, device.PublicKey)
            ?? throw new InvalidDataException("A registered device has no valid key.");
        var meeting = await db.Meetings.AsNoTracking().SingleAsync(m => m.Id == report.MeetingId, ct);
        var hosts = await db
            .Participants.Where(p => p.MeetingId == meeting.Id && p.WasHost)
            .Select(p => p.Pseudonym)
            .ToListAsync(ct);
        return new VaultOpening(
            VaultRequestKind.Release,
            report.HeadPart,
            body.Grant,
            body.KeyRequest,
            report.IntakeReceipt ?? throw new InvalidDataException("A complete report has no receipt."),
            key.Encode(),
            StatusOf(device.Status),
            // Device certificates are optional and not taken in yet, so key 19 is zeros (evidence-bundle.md 5.2).
            DeviceCertificateHash: new byte[32],
            meeting.MeetingUuid,
            hosts,
            about.Value.ToByteArray(bigEndian: true),
            await StartsAsync(report.Id, indices, ct),
            DeviceCertificate: [],
            AcceptanceProof: [],
            TimeStampToken: []
        );
    }

    /// <summary>The ciphertext of every segment of the report, by index.</summary>
    public Func<int, CancellationToken, ValueTask<Stream>> SegmentsOf(ReportId report)
    {
        // Read when the first is asked for: the vault hashes a bundle once, and then asks for none.
        Dictionary<int, byte[]>? hashes = null;
        return async (index, stop) =>
            await blobs.OpenReadAsync((hashes ??= await HashesAsync(report, stop))[index], stop);
    }

    private async Task<List<SegmentStart>> StartsAsync(
        ReportId report,
        IReadOnlyList<uint> indices,
        CancellationToken ct
    )
    {
        var hashes = await HashesAsync(report, ct);
        List<SegmentStart> starts = [];
        foreach (var index in indices)
        {
            var start = new byte[Cobblestone256.PrefixLength];
            await using var blob = await blobs.OpenReadAsync(hashes[(int)index], ct);
            var length = await blob.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, ct);
            starts.Add(new SegmentStart((int)index, start[..length]));
        }
        return starts;
    }

    private Task<Dictionary<int, byte[]>> HashesAsync(ReportId report, CancellationToken ct) =>
        db
            .ReportSegments.AsNoTracking()
            .Where(s => s.ReportId == report)
            .ToDictionaryAsync(s => s.Index, s => s.CiphertextHash, ct);

    private static AssertedDeviceStatus StatusOf(DeviceStatus status) =>
        status switch
        {
            DeviceStatus.Active => AssertedDeviceStatus.Active,
            DeviceStatus.Frozen => AssertedDeviceStatus.Frozen,
            _ => AssertedDeviceStatus.Revoked,
        };
}
