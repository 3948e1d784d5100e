// One unit of the ring: one group of pictures of one track, up to 2 s of sound, or some lines, under a key of its own.
using System.Buffers.Binary;
using System.Security.Cryptography;
using Moderation.Evidence;

namespace Moderation.Sdk.Ring;

/// <summary>What a unit is about: whose track, and what its bytes are (evidence-bundle.md 6.2, 6.3).</summary>
/// <param name="Participant">16 bytes in hex, meeting-scoped pseudonym.</param>
/// <param name="Stream">Number of the participant's track; 0 for chat.</param>
internal sealed record StreamKey(string Participant, uint Stream, SegmentKind Kind)
{
    public byte[] ParticipantBytes => Convert.FromHexString(Participant);
}

/// <summary>What the records of a unit are.</summary>
internal enum UnitForm
{
    /// <summary>Bytes that are a segment as they stand.</summary>
    Ready,

    /// <summary>Encoded frames that a header has to be made for.</summary>
    Frames,

    /// <summary>SFrame frames as received; the key is K_seg.</summary>
    SFrame,
}

/// <summary>One record of a unit: where it lies in the bytes read, its tick, and whether a decoder may start there.</summary>
internal readonly record struct UnitRecord(int Offset, int Length, ulong Tick, bool IsKey);

/// <summary>
/// Bytes lie in blocks as pieces: [length u32][flags u32][tick u64] bytes [tag 16]. Each piece is encrypted as it is written,
/// so that plaintext never rests, with its head as associated data; SFrame frames are ciphertext already and are kept as
/// they are. Pieces are only ever added, so that the first n of them stay what they are: <see cref="Read"/> of those needs no
/// lock, everything else is used under the ring's.
/// </summary>
internal sealed class BufferedUnit
{
    private const int PieceHead = 16;
    private const int Tag = 16;

    // A rest of a block shorter than this is left empty.
    private const int LeastRoom = PieceHead + Tag + 32;
    private const uint FirstOfRecord = 1;
    private const uint KeyRecord = 2;
    private int[] _blocks = new int[8];
    private int _used = BlockStore.BlockLength;
    private AesGcm? _writing;

    public BufferedUnit(StreamKey stream, UnitForm form, uint content, ulong startMs, int keySlot)
    {
        (Stream, Form, Content, KeySlot) = (stream, form, content, keySlot);
        StartMs = EndMs = startMs;
    }

    public StreamKey Stream { get; }
    public UnitForm Form { get; }

    /// <summary>The content registry; 256 more for a continuation.</summary>
    public uint Content { get; }
    public ulong StartMs { get; }
    public ulong EndMs { get; set; }
    public uint DurationMs => (uint)(EndMs - StartMs);

    /// <summary>-1 while the key of an SFrame unit has not come, and once it is erased.</summary>
    public int KeySlot { get; set; }

    /// <summary>The SFrame KID.</summary>
    public ulong Kid { get; init; }

    /// <summary>Ticks a second of its frames' clock; tick 0 is the meeting's epoch.</summary>
    public uint Rate { get; init; }

    /// <summary>Bytes as the writer gave them.</summary>
    public int Bytes { get; private set; }
    public int Records { get; private set; }
    public uint Pieces { get; private set; }
    public int BlockCount { get; private set; }

    /// <summary>The ring and each frozen set count one; at none the key is erased.</summary>
    public int Holders { get; set; } = 1;
    public bool IsErased { get; private set; }
    public bool IsFinished { get; private set; }

    /// <summary>How many blocks the first record of a unit takes.</summary>
    public static int BlocksForFirst(UnitForm form, int length)
    {
        var most = MostInBlock(form == UnitForm.SFrame ? PieceHead : PieceHead + Tag);
        return Math.Max(1, (length + most - 1) / most);
    }

    /// <summary>How many more blocks a record of this length takes.</summary>
    public int BlocksFor(int length)
    {
        var overhead = Form == UnitForm.SFrame ? PieceHead : PieceHead + Tag;
        var room = BlockStore.BlockLength - _used;
        var fits = room >= LeastRoom ? room - overhead : 0;
        var rest = length - fits;
        return rest <= 0 ? (fits == 0 ? 1 : 0) : (rest + MostInBlock(overhead) - 1) / MostInBlock(overhead);
    }

    /// <summary>Copies one record in; the caller has made room.</summary>
    public void Append(BlockStore store, KeySlots keys, ReadOnlySpan<byte> record, ulong tick, bool isKey)
    {
        var isSealed = Form != UnitForm.SFrame;
        var overhead = isSealed ? PieceHead + Tag : PieceHead;
        Span<byte> nonce = stackalloc byte[12];
        nonce.Clear();
        if (isSealed)
            _writing ??= new AesGcm(keys[KeySlot], Tag);
        var flags = FirstOfRecord | (isKey ? KeyRecord : 0);
        var rest = record;
        do
        {
            if (BlockStore.BlockLength - _used < LeastRoom)
                AddBlock(store.Take());
            var block = store[_blocks[BlockCount - 1]][_used..];
            var piece = rest[..Math.Min(rest.Length, block.Length - overhead)];
            BinaryPrimitives.WriteInt32LittleEndian(block, piece.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(block[4..], flags);
            BinaryPrimitives.WriteUInt64LittleEndian(block[8..], tick);
            var body = block[PieceHead..];
            if (isSealed)
            {
                // A key serves one unit, so the number of the piece never repeats under it.
                BinaryPrimitives.WriteUInt32LittleEndian(nonce, Pieces);
                _writing!.Encrypt(
                    nonce,
                    piece,
                    body[..piece.Length],
                    body.Slice(piece.Length, Tag),
                    block[..PieceHead]
                );
            }
            else
            {
                piece.CopyTo(body);
            }
            Pieces++;
            _used += overhead + piece.Length;
            rest = rest[piece.Length..];
            flags &= ~FirstOfRecord;
        } while (!rest.IsEmpty);
        Bytes += record.Length;
        Records++;
    }

    /// <summary>No more records: the cipher's own copy of the key goes.</summary>
    public void Finish()
    {
        IsFinished = true;
        _writing?.Dispose();
        _writing = null;
    }

    /// <summary>Writes the records of the first pieces one after the other into <paramref name="into"/>.</summary>
    /// <exception cref="CryptographicException">The unit is erased or its bytes have changed.</exception>
    public List<UnitRecord> Read(BlockStore store, KeySlots keys, uint pieces, Span<byte> into)
    {
        if (IsErased)
            throw new CryptographicException("The unit is erased.");
        var isSealed = Form != UnitForm.SFrame;
        using var aes = isSealed ? new AesGcm(keys[KeySlot], Tag) : null;
        var overhead = isSealed ? PieceHead + Tag : PieceHead;
        List<UnitRecord> records = new(Records);
        Span<byte> nonce = stackalloc byte[12];
        nonce.Clear();
        var (at, used, block) = (0, 0, 0);
        for (uint n = 0; n < pieces; n++)
        {
            if (BlockStore.BlockLength - used < LeastRoom)
                (block, used) = (block + 1, 0);
            ReadOnlySpan<byte> bytes = store[_blocks[block]][used..];
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            var flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            var body = bytes[PieceHead..];
            if (aes is not null)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(nonce, n);
                aes.Decrypt(nonce, body[..length], body.Slice(length, Tag), into.Slice(at, length), bytes[..PieceHead]);
            }
            else
            {
                body[..length].CopyTo(into[at..]);
            }
            if ((flags & FirstOfRecord) != 0)
            {
                var tick = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
                records.Add(new UnitRecord(at, length, tick, (flags & KeyRecord) != 0));
            }
            else
            {
                records[^1] = records[^1] with { Length = records[^1].Length + length };
            }
            at += length;
            used += overhead + length;
        }
        return records;
    }

    /// <summary>The key first, then the blocks.</summary>
    public void Erase(BlockStore store, KeySlots keys)
    {
        if (IsErased)
            return;
        IsErased = true;
        Finish();
        if (KeySlot >= 0)
            keys.Erase(KeySlot);
        KeySlot = -1;
        store.Return(_blocks.AsSpan(0, BlockCount));
        BlockCount = 0;
    }

    private void AddBlock(int block)
    {
        if (BlockCount == _blocks.Length)
            Array.Resize(ref _blocks, _blocks.Length * 2);
        _blocks[BlockCount++] = block;
        _used = 0;
    }

    private static int MostInBlock(int overhead) => BlockStore.BlockLength - overhead;
}
