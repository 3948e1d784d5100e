// The intake's signed word that a report is complete (section 16).
namespace Moderation.Evidence;

/// <summary>The receipt the client keeps and the vault asks for.</summary>
/// <param name="ReportId">16 bytes; a Guid is written big-endian.</param>
/// <param name="ContentId">The report's content id.</param>
/// <param name="CompletedMs">ms since 1970.</param>
/// <param name="LogCheckpoint">Hash of the checkpoint body of the audit log, or 32 zeros without a log.</param>
public sealed record IntakeReceipt(byte[] ReportId, byte[] ContentId, ulong CompletedMs, byte[] LogCheckpoint)
{
    /// <summary>Signs it with the intake's receipt key.</summary>
    public byte[] Sign(CoseSigner intake) =>
        CoseSign1.Sign(
            intake,
            CoseContentTypes.IntakeReceipt,
            CoseLabels.IntakeReceipt,
            CborForm.Write(writer =>
            {
                writer.WriteStartMap(5);
                writer.Member(1, 1).Member(2, ReportId).Member(3, ContentId).Member(4, CompletedMs);
                writer.Member(5, LogCheckpoint);
                writer.WriteEndMap();
            })
        );

    /// <summary>Refuses with evb1.not-accepted unless it is this intake's receipt for this content id.</summary>
    public static Verdict<IntakeReceipt> Verify(
        ReadOnlyMemory<byte> bytes,
        CoseKey intake,
        ReadOnlySpan<byte> contentId
    )
    {
        if (
            CoseSign1.Parse(bytes, CoseContentTypes.IntakeReceipt) is not { } envelope
            || !envelope.Verify(intake, CoseLabels.IntakeReceipt)
        )
            return new EvidenceRefusal(EvidenceCodes.NotAccepted, "Not signed by the intake.");
        var receipt = ReadPayload(envelope.Payload);
        return receipt is not null && contentId.SequenceEqual(receipt.ContentId)
            ? receipt
            : new EvidenceRefusal(EvidenceCodes.NotAccepted, "A receipt for something else.");
    }

    /// <summary>What a receipt says, its signature not looked at: for whoever signed it himself; null when it is none.</summary>
    public static IntakeReceipt? Read(ReadOnlyMemory<byte> bytes) =>
        CoseSign1.Parse(bytes, CoseContentTypes.IntakeReceipt) is { } envelope ? ReadPayload(envelope.Payload) : null;

    private static IntakeReceipt? ReadPayload(ReadOnlyMemory<byte> payload) =>
        CborForm.Read(
            payload,
            reader =>
            {
                reader.StartMap(5);
                reader.Key(1);
                reader.Constant(1);
                reader.Key(2);
                var reportId = reader.Bytes(16);
                reader.Key(3);
                var content = reader.Bytes(32);
                reader.Key(4);
                var completed = reader.ReadUInt64();
                reader.Key(5);
                var checkpoint = reader.Bytes(32);
                reader.ReadEndMap();
                return new IntakeReceipt(reportId, content, completed, checkpoint);
            }
        );
}
