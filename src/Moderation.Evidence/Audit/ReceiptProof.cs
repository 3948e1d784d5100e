// Shows that the acceptance an intake receipt speaks of is in the audit log, in the very checkpoint the receipt names.
using System.Security.Cryptography;

namespace Moderation.Evidence.Audit;

/// <summary>What a client gets beside its receipt.</summary>
/// <param name="Note">The checkpoint as it was signed.</param>
/// <param name="Index">Index of the acceptance entry.</param>
/// <param name="Proof">Inclusion proof in the tree of that checkpoint, from the leaf upwards.</param>
public sealed record ReceiptProof(string Note, ulong Index, IReadOnlyList<byte[]> Proof)
{
    /// <summary>
    /// Null when all of it holds: the receipt names this checkpoint, one of the log's keys signed it, and the entry
    /// made from the receipt is in it. Otherwise which of the three does not.
    /// </summary>
    /// <param name="receipt">Already verified (<see cref="IntakeReceipt.Verify"/>).</param>
    /// <param name="keys">Public keys of the log, pinned by the client.</param>
    public ReceiptProofFault? Check(IntakeReceipt receipt, IReadOnlyCollection<NoteKey> keys)
    {
        if (
            SignedNote.Parse(Note) is not { } note
            || !CryptographicOperations.FixedTimeEquals(Checkpoint.BodyHash(note.Text), receipt.LogCheckpoint)
        )
            return ReceiptProofFault.OtherCheckpoint;
        if (Checkpoint.Verify(Note, keys) is not { } checkpoint)
            return ReceiptProofFault.Signature;
        var leaf = AuditEntry.Accepted(receipt.ContentId, receipt.CompletedMs).LeafHash();
        return MerkleTree.Includes(checkpoint.Root, checkpoint.Size, Index, leaf, Proof)
            ? null
            : ReceiptProofFault.NotIncluded;
    }
}

public enum ReceiptProofFault
{
    /// <summary>The receipt names another checkpoint, or none.</summary>
    OtherCheckpoint,

    /// <summary>No pinned key of the log signed the checkpoint.</summary>
    Signature,

    /// <summary>The acceptance is not in the tree.</summary>
    NotIncluded,
}
