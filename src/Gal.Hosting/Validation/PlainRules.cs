using System.Collections;
using System.Collections.Concurrent;
using Buf.Validate;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Gal.Hosting.Validation;

/// <summary>
/// Recognises messages that keep their rules without the general validator, which takes about 15 µs a rule: bounds of numbers, lengths of strings, bytes and lists, and what is required.
/// Says "kept" only where it knows every rule that applies and finds it kept; on all else the general validator decides, and words the violations.
/// </summary>
internal static class PlainRules
{
    private static readonly ConcurrentDictionary<MessageDescriptor, Func<IMessage, bool>> Checks = [];

    /// <summary>Whether a message, with all that it holds, surely keeps its rules.</summary>
    public static bool AreKept(IMessage message) => Checks.GetOrAdd(message.Descriptor, Compile)(message);

    private static Func<IMessage, bool> Compile(MessageDescriptor message)
    {
        if (message.GetOptions()?.HasExtension(ValidateExtensions.Message) == true)
        {
            return _ => false;
        }

        var checks = message.Fields.InDeclarationOrder().Select(Compile).Concat(message.Oneofs.Select(Compile)).OfType<Func<IMessage, bool>>().ToArray();
        return value => Array.TrueForAll(checks, check => check(value));
    }

    private static Func<IMessage, bool>? Compile(OneofDescriptor oneof) => oneof.GetOptions()?.GetExtension(ValidateExtensions.Oneof) switch
    {
        null => null,
        { Required: true } => message => oneof.Accessor.GetCaseFieldDescriptor(message) is not null,
        { Required: false } => null,
    };

    // Null where there is nothing to check.
    private static Func<IMessage, bool>? Compile(FieldDescriptor field)
    {
        var rules = field.GetOptions()?.GetExtension(ValidateExtensions.Field)?.Clone() ?? new FieldRules();
        var isRequired = rules.Required;
        rules.ClearRequired();
        var ofValue = field.IsMap ? MapCheck(field, rules) : field.IsRepeated ? ListCheck(field, rules) : ValueCheck(field, rules);
        var accessor = field.Accessor;
        return (field.HasPresence, isRequired, ofValue) switch
        {
            (true, true, _) => message => accessor.HasValue(message) && (ofValue is null || ofValue(accessor.GetValue(message))),
            (false, true, _) => _ => false,
            (_, _, null) => null,
            (true, _, _) => message => !accessor.HasValue(message) || ofValue(accessor.GetValue(message)),
            (false, _, _) => message => ofValue(accessor.GetValue(message)),
        };
    }

    private static Func<object, bool>? MapCheck(FieldDescriptor field, FieldRules rules) =>
        IsEmpty(rules) && field.MessageType.FindFieldByNumber(2).FieldType != FieldType.Message ? null : map => ((IDictionary)map).Count == 0 && IsEmpty(rules);

    private static Func<object, bool>? ListCheck(FieldDescriptor field, FieldRules rules)
    {
        var list = rules.Repeated ?? new RepeatedRules();
        rules.ClearType();
        var (least, most) = (list.HasMinItems ? list.MinItems : 0, list.HasMaxItems ? list.MaxItems : ulong.MaxValue);
        var ofItem = ValueCheck(field, list.Items?.Clone() ?? new FieldRules());
        list.ClearMinItems();
        list.ClearMaxItems();
        list.Items = null;
        if (!IsEmpty(rules) || !IsEmpty(list))
        {
            return _ => false;
        }

        return least == 0 && most == ulong.MaxValue && ofItem is null ? null : value =>
        {
            var items = (IList)value;
            var isKept = (ulong)items.Count >= least && (ulong)items.Count <= most;
            for (var i = 0; isKept && ofItem is not null && i < items.Count; i++)
            {
                isKept = ofItem(items[i]!);
            }

            return isKept;
        };
    }

    private static Func<object, bool>? ValueCheck(FieldDescriptor field, FieldRules rules)
    {
        Func<object, bool>? check = rules.TypeCase switch
        {
            FieldRules.TypeOneofCase.None => null,
            FieldRules.TypeOneofCase.String => StringCheck(rules.String),
            FieldRules.TypeOneofCase.Bytes => BytesCheck(rules.Bytes),
            FieldRules.TypeOneofCase.Int32 => Int32Check(rules.Int32),
            FieldRules.TypeOneofCase.Double => DoubleCheck(rules.Double),
            _ => _ => false,
        };
        rules.ClearType();
        return !IsEmpty(rules) ? _ => false : field.FieldType == FieldType.Message ? (check is null ? value => AreKept((IMessage)value) : _ => false) : check;
    }

    // A length counts code points, of which a string has at most one a char and at least one for two.
    private static Func<object, bool> StringCheck(StringRules rules)
    {
        var (least, most) = (rules.HasMinLen ? rules.MinLen : 0, rules.HasMaxLen ? rules.MaxLen : ulong.MaxValue);
        rules.ClearMinLen();
        rules.ClearMaxLen();
        var isKnown = IsEmpty(rules);
        return value => isKnown && ((ulong)((string)value).Length + 1) / 2 >= least && (ulong)((string)value).Length <= most;
    }

    private static Func<object, bool> BytesCheck(BytesRules rules)
    {
        var (least, most) = (rules.HasMinLen ? rules.MinLen : 0, rules.HasMaxLen ? rules.MaxLen : ulong.MaxValue);
        rules.ClearMinLen();
        rules.ClearMaxLen();
        var isKnown = IsEmpty(rules);
        return value => isKnown && (ulong)((ByteString)value).Length >= least && (ulong)((ByteString)value).Length <= most;
    }

    private static Func<object, bool> Int32Check(Int32Rules rules)
    {
        var (least, most) = (rules.HasGte ? rules.Gte : int.MinValue, rules.HasLte ? rules.Lte : int.MaxValue);
        rules.ClearGte();
        rules.ClearLte();
        var isKnown = IsEmpty(rules);
        return value => isKnown && (int)value >= least && (int)value <= most;
    }

    private static Func<object, bool> DoubleCheck(DoubleRules rules)
    {
        var (least, most) = (rules.HasGte ? rules.Gte : double.NegativeInfinity, rules.HasLte ? rules.Lte : double.PositiveInfinity);
        rules.ClearGte();
        rules.ClearLte();
        rules.ClearFinite();
        var isKnown = IsEmpty(rules);
        return value => isKnown && double.IsFinite((double)value) && (double)value >= least && (double)value <= most;
    }

    private static bool IsEmpty(IMessage rules) => rules.CalculateSize() == 0;
}
