// One act on sealed evidence, as the audit log and the vault's own log take its hash (section 19.2).
namespace Moderation.Evidence;

/// <summary>The types an audit entry may have.</summary>
public static class AuditEntryTypes
{
    public const string Accept = "accept";
    public const string Open = "open";
    public const string Emergency = "emergency";
    public const string Disclose = "disclose";
    public const string Destroy = "destroy";
}

/// <summary>Hashes and random identifiers only, so that the log never needs erasure.</summary>
/// <param name="Type">One of <see cref="AuditEntryTypes"/>.</param>
/// <param name="ContentId">32 bytes.</param>
/// <param name="GrantHash">SHA-256 of the grant, zeros where there is none.</param>
/// <param name="RequestId">16 bytes, zeros where there is none.</param>
/// <param name="Indices">Segment indices; may be empty.</param>
/// <param name="TimeMs">ms since 1970.</param>
public sealed record AuditEntry(
    string Type,
    byte[] ContentId,
    byte[] GrantHash,
    byte[] RequestId,
    IReadOnlyList<uint> Indices,
    ulong TimeMs
)
{
    /// <summary>The acceptance of a report: everything in it stands in the intake receipt, so that a client can make it too.</summary>
    /// <param name="contentId">32 bytes.</param>
    /// <param name="completedMs">Key 4 of the receipt.</param>
    public static AuditEntry Accepted(byte[] contentId, ulong completedMs) =>
        new(AuditEntryTypes.Accept, contentId, new byte[32], new byte[16], [], completedMs);

    /// <summary>The deterministic map.</summary>
    public byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(6);
            writer.WriteInt32(1);
            writer.WriteTextString(Type);
            writer.Member(2, ContentId).Member(3, GrantHash).Member(4, RequestId).Member(5, Indices);
            writer.Member(6, TimeMs);
            writer.WriteEndMap();
        });

    /// <summary>SHA-256(00 || entry).</summary>
    public byte[] LeafHash() => MerkleTree.LeafHash(Encode());
}
