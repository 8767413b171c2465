//! Names in the Devanagari, Thai, Han, Kana and Hangul scripts.
//! The given name comes first here as everywhere: the contract builds Name so, whatever the custom.

use super::Pool;

/// Hindi, Marathi and Nepali.
#[rustfmt::skip]
pub(super) const DEVANAGARI: Pool = Pool {
    given: &[
        ("आरती", "aarti"), ("विक्रम", "vikram"), ("सुनीता", "sunita"), ("ऋषि", "rishi"), ("ईशा", "isha"),
        ("कृष्णा", "krishna"), ("मीनाक्षी", "meenakshi"), ("ओम", "om"),
    ],
    family: &[
        ("शर्मा", "sharma"), ("देशपांडे", "deshpande"), ("त्रिपाठी", "tripathi"), ("श्रेष्ठ", "shrestha"),
        ("कुलकर्णी", "kulkarni"), ("अग्रवाल", "agrawal"), ("ठाकुर", "thakur"), ("ज्ञवाली", "gyawali"),
    ],
    second_names: false,
};

/// Thai; vowels that are written before the consonant after which they sort.
#[rustfmt::skip]
pub(super) const THAI: Pool = Pool {
    given: &[
        ("เกศินี", "kesinee"), ("แก้ว", "kaew"), ("โอภาส", "opas"), ("ไพลิน", "pailin"), ("ใจดี", "jaidee"),
        ("สมชาย", "somchai"), ("มาลี", "malee"), ("อนงค์", "anong"),
    ],
    family: &[
        ("เจริญสุข", "charoensuk"), ("แสงทอง", "saengthong"), ("โพธิ์ทอง", "phothong"),
        ("ไชยวัฒน์", "chaiwat"), ("ใหญ่ยิ่ง", "yaiying"), ("วงศ์สวัสดิ์", "wongsawat"),
        ("ศรีสุข", "srisuk"), ("บุญมี", "boonmee"),
    ],
    second_names: false,
};

/// Chinese, simplified and traditional.
#[rustfmt::skip]
pub(super) const HAN: Pool = Pool {
    given: &[
        ("小明", "xiaoming"), ("雨婷", "yuting"), ("志強", "zhiqiang"), ("芳", "fang"), ("建国", "jianguo"),
        ("淑芬", "shufen"), ("静怡", "jingyi"), ("家豪", "jiahao"),
    ],
    family: &[
        ("王", "wang"), ("李", "li"), ("張", "zhangt"), ("张", "zhang"), ("欧阳", "ouyang"), ("陳", "chen"),
        ("諸葛", "zhuge"), ("黄", "huang"),
    ],
    second_names: false,
};

/// Japanese: Kanji, Hiragana and Katakana.
#[rustfmt::skip]
pub(super) const JAPANESE: Pool = Pool {
    given: &[
        ("さくら", "sakura"), ("サクラ", "sakurak"), ("健太", "kenta"), ("陽子", "yoko"), ("大輔", "daisuke"),
        ("ゆうき", "yuuki"), ("リョウ", "ryo"), ("美咲", "misaki"),
    ],
    family: &[
        ("佐藤", "sato"), ("渡邊", "watanabe"), ("渡辺", "watanabee"), ("高橋", "takahashi"), ("山田", "yamada"),
        ("いしい", "ishii"), ("ワカバヤシ", "wakabayashi"), ("齋藤", "saito"),
    ],
    second_names: false,
};

/// Korean.
#[rustfmt::skip]
pub(super) const HANGUL: Pool = Pool {
    given: &[
        ("민준", "minjun"), ("서연", "seoyeon"), ("지훈", "jihun"), ("하은", "haeun"), ("도윤", "doyun"),
        ("수빈", "subin"), ("예린", "yerin"), ("우진", "ujin"),
    ],
    family: &[
        ("김", "kim"), ("이", "yi"), ("박", "pak"), ("최", "choi"), ("정", "jeong"), ("남궁", "namgung"),
        ("황보", "hwangbo"), ("윤", "yun"),
    ],
    second_names: false,
};
