// Judges chains of relay receipts that the shared vectors do not hold.
using System.Security.Cryptography;
using Moderation.Evidence;

namespace Moderation.UnitTests.Evidence;

public sealed class RelayReceiptTests : IDisposable
{
    private readonly CoseSigner relay = CoseSigner.Generate();
    private static readonly byte[] Meeting = RandomNumberGenerator.GetBytes(16);

    [Fact]
    public void Neighbours_in_the_chain_are_accepted()
    {
        var first = Receipt(7, new byte[32]);

        Refusal(first, Receipt(8, SHA256.HashData(first))).ShouldBeNull();
    }

    [Fact]
    public void A_window_that_was_left_out_breaks_no_chain()
    {
        Refusal(Receipt(7, new byte[32]), Receipt(9, RandomNumberGenerator.GetBytes(32))).ShouldBeNull();
    }

    [Fact]
    public void A_neighbour_that_names_another_receipt_is_refused()
    {
        Refusal(Receipt(7, new byte[32]), Receipt(8, new byte[32])).ShouldBe(EvidenceCodes.ReceiptChain);
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(8, 7)]
    [InlineData(9, 2)]
    public void Windows_that_do_not_ascend_are_refused(ulong first, ulong second)
    {
        Refusal(Receipt(first, new byte[32]), Receipt(second, new byte[32])).ShouldBe(EvidenceCodes.ReceiptChain);
    }

    [Fact]
    public void A_receipt_without_leaves_is_malformed()
    {
        Refusal(Receipt(7, new byte[32], leaves: 0)).ShouldBe(EvidenceCodes.ReceiptMalformed);
    }

    public void Dispose() => relay.Dispose();

    private string? Refusal(params byte[][] receipts) =>
        RelayReceipt
            .VerifyAll([.. receipts.Select(r => (ReadOnlyMemory<byte>)r)], [relay.PublicKey], Meeting)
            .Refusal?.Code;

    private byte[] Receipt(ulong window, byte[] previous, ulong leaves = 1) =>
        new RelayReceipt
        {
            Meeting = Meeting,
            Window = window,
            WindowStart = 0,
            WindowEnd = 2_000,
            LeafCount = leaves,
            Root = new byte[32],
            Previous = previous,
        }.Sign(relay);
}
