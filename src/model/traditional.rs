//! Traditional characters and the simplified ones that the vocabulary is written in.
//!
//! Submissions from Hong Kong, Macao and Taiwan, and systems that came from there, write 合計 and 單位：萬元. Only what
//! budgets and accounts are made of is listed: a name with a character that is not is compared as it stands.

/// Pairs: the traditional character, then the simplified one; in order.
const PAIRS: &str = "\
    並并來来個个値值備备傳传債债價价儀仪億亿償偿內内兩两別别劃划動动務务勞劳匯汇區区協协卹恤參参員员問问單单國国園园圓圆圖图執执報报場场壓压壞坏壽寿夠够奧奥婦妇學学實实審审將将專专對对導导屆届層层屬属嶺岭\
    師师帳账幣币幹干庫库廠厂廣广彙汇後后從从復复徵征徹彻恆恒態态慶庆憑凭憲宪應应懷怀戰战戶户撥拨撫抚擇择擔担據据擬拟擴扩攜携攤摊數数斷断於于時时曆历書书會会條条業业構构樓楼標标樣样橋桥機机檔档檢检權权歐欧\
    歲岁歷历歸归殘残氣气決决沒没沖冲況况淨净減减測测湊凑準准溫温滅灭滿满漁渔潔洁濕湿濟济災灾為为無无煙烟熱热營营爾尔牆墙狀状獎奖獨独獲获現现瑪玛環环產产畢毕畫画異异當当療疗發发盡尽監监盤盘確确碼码礦矿禮礼\
    種种稱称積积穩稳競竞筆笔節节範范築筑簡简籌筹糧粮約约納纳純纯紙纸級级細细終终組组結结絕绝絡络給给統统經经綜综綠绿維维網网緊紧線线編编縣县縮缩縱纵總总績绩織织繳缴繼继續续罰罚聖圣聯联聲声職职聽听腦脑臨临\
    臺台與与興兴舉举舊旧舖铺莊庄華华萬万葉叶蓋盖薦荐藝艺藥药蘇苏處处虛虚號号術术衛卫衝冲補补裝装複复襯衬覈核規规視视親亲覽览觀观觸触訂订計计訊讯討讨訓训託托記记設设許许訴诉診诊註注評评詞词詢询試试話话該该\
    詳详認认語语誠诚誤误說说課课調调談谈請请論论諮咨諸诸謀谋講讲謝谢證证譯译議议護护譽誉變变讓让負负財财貢贡貨货貫贯責责貴贵買买貸贷費费貼贴貿贸賀贺賃赁資资賠赔賣卖賦赋質质賬账購购賽赛贈赠贊赞趕赶跡迹車车\
    軍军軟软較较載载輔辅輛辆輪轮輸输轄辖轉转辦办辭辞農农連连週周進进運运過过達达遞递遠远適适遲迟遷迁選选遺遗還还邊边郵邮鄉乡鄰邻醫医醬酱釋释釐厘銀银銷销鋪铺鋼钢錄录錢钱錯错鍋锅鍵键鎖锁鎮镇鏈链鐵铁鑑鉴長长\
    門门閉闭開开間间閱阅闆板關关闢辟陰阴陳陈陸陆陽阳隊队階阶際际隨随險险隱隐雖虽雙双雜杂離离難难雲云電电霧雾靈灵靜静韓韩響响頁页頂顶項项順顺須须預预領领頭头頻频顆颗題题額额願愿類类顧顾風风飛飞飯饭養养餘余\
    館馆馬马駐驻驅驱驗验體体髮发鬥斗鬧闹魚鱼鳥鸟鹽盐麗丽麥麦點点黨党齊齐龍龙\
";

/// The first and the number of the ideographs that may be listed.
const FIRST: u32 = 0x4e00;
const COUNT: usize = 0x5200;

/// Which ideographs are listed, a bit each: nearly every character of a label is asked for.
static LISTED: [u64; COUNT / 64] = listed();

const fn listed() -> [u64; COUNT / 64] {
    let mut bits = [0; COUNT / 64];
    let bytes = PAIRS.as_bytes();
    let mut at = 0;
    while at + 2 < bytes.len() {
        // Three bytes of UTF-8 a character; every second one is a simplified one.
        let code = (bytes[at] as u32 & 0x0f) << 12
            | (bytes[at + 1] as u32 & 0x3f) << 6
            | (bytes[at + 2] as u32 & 0x3f);
        let index = (code - FIRST) as usize;
        bits[index / 64] |= 1 << (index % 64);
        at += 6;
    }
    bits
}

/// Whether there is a simplified character for this one.
#[inline]
pub(super) fn is_traditional(c: char) -> bool {
    let index = u32::from(c).wrapping_sub(FIRST) as usize;
    index < COUNT && LISTED[index / 64] >> (index % 64) & 1 != 0
}

/// The simplified character for a traditional one; any other as it is.
pub(super) fn simplified(c: char) -> char {
    if !is_traditional(c) {
        return c;
    }
    let mut pairs = PAIRS.chars();
    while let (Some(traditional), Some(simplified)) = (pairs.next(), pairs.next()) {
        if traditional == c {
            return simplified;
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_in_order_and_lead_to_simplified_characters() {
        let all: Vec<char> = PAIRS.chars().collect();
        assert!(all.chunks(2).collect::<Vec<_>>().windows(2).all(|pair| pair[0][0] < pair[1][0]));
        assert!(all.chunks(2).all(|pair| is_traditional(pair[0]) && !is_traditional(pair[1])));
        let text = "合計總額單位萬元預決算類";
        let plain: String = text.chars().map(simplified).collect();
        assert_eq!(plain, "合计总额单位万元预决算类");
        assert_eq!(simplified('合'), '合');
    }
}
